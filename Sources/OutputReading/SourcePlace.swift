/// A place in a source file: `core.py:718`, `repo.cc:5`, `csrc/model.cc:Validate:57`.
enum SourcePlace {
    private static let endings: Set<String> = [
        "py", "cc", "cpp", "cxx", "c", "h", "hpp", "cu", "cuh", "rs", "go", "java", "kt", "js", "ts", "mjs", "swift",
        "scala", "rb", "mm", "m", "inl", "cs",
    ]

    static func isPlace(_ token: ArraySlice<UInt8>) -> Bool {
        guard let colon = token.firstIndex(of: UInt8(ascii: ":")), let last = token.last,
            last.isDigit || last == 41 || last.isNamePart,
            let dot = token[..<colon].lastIndex(of: UInt8(ascii: ".")), colon - dot <= 6
        else { return false }
        guard endings.contains(String(decoding: token[(dot + 1)..<colon], as: UTF8.self)) else { return false }
        // Something after the colon must be a line: all digits.
        return token[(colon + 1)...].split(separator: UInt8(ascii: ":")).contains { $0.allSatisfy(\.isDigit) }
    }

    static func hasFunction(_ token: ArraySlice<UInt8>) -> Bool {
        token.split(separator: UInt8(ascii: ":")).count == 3 && token.last?.isDigit == true
            && token.first == UInt8(ascii: "/")
    }
}
