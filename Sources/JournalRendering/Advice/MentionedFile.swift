/// A file that a complaint names, quoted or not.
struct MentionedFile {
    let path: String

    init?(_ text: String) {
        let quoted = text.matches(of: /['"‘“`]([^'"’”`\n]{1,400})['"’”`]/).map { String($0.1) }
        let words = text.split { $0 == " " || $0 == "," || $0 == "\t" || $0 == "=" }
            .map { String($0).trimmed }
        let path =
            quoted.first { Self.isPath($0) } ?? quoted.first { Self.isFileName($0) } ?? words.first { Self.isPath($0) }
            ?? words.first { Self.isFileName($0) }
        guard let path else { return nil }
        self.path = path
    }

    /// Something with a directory in it, but no address and no place in a source.
    private static func isPath(_ word: String) -> Bool {
        word.contains("/") && !word.contains("://") && word.contains { $0.isLetter }
            && !word.contains(/\.(?:c|cc|cpp|cu|cuh|h|hpp|rs|go|py|java):?\d*:?$/) && !word.contains(/:\d+\)?:?$/)
            && word.count > 1
    }

    /// Whether it cannot be anything else: it begins as a path does, or ends as a file of a model server does.
    var isFile: Bool { ["/", "./", "../", "~"].contains { path.hasPrefix($0) } || Self.isFileName(path) }

    private static let endings: Set<String> = [
        "bin", "ckpt", "engine", "gguf", "ggml", "json", "mar", "model", "npz", "onnx", "pkl", "plan", "pt", "pth",
        "safetensors", "tflite", "toml", "txt", "yaml", "yml",
    ]

    private static func isFileName(_ word: String) -> Bool {
        guard let dot = word.lastIndex(of: "."), dot > word.startIndex, !word.contains("://") else { return false }
        return endings.contains(word[word.index(after: dot)...].lowercased())
    }
}

extension String {
    /// Without the brackets and the punctuation around a word of a sentence.
    fileprivate var trimmed: String {
        let start = drop { "([{<'\"‘“`".contains($0) }
        var end = start
        while let last = end.last, ")]}>'\"’”`:;.!".contains(last) { end = end.dropLast() }
        return String(end)
    }
}
