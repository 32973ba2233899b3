import ModelLifecycle

/// Models that are made of several files.
enum ModelParts {
    /// More files are not looked at.
    static let most = 1000

    /// Whether it is a name of a file in the folder itself, and leads nowhere else.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    /// The names of all parts of a GGUF model, as llama.cpp's `llama-gguf-split` numbers them.
    /// - Returns: nil if the name is not that of a first part.
    static func names(first name: String) -> [String]? {
        guard let match = name.wholeMatch(of: /(.+)-00001-of-(\d{5})\.gguf/), let count = Int(match.2), count > 1,
            count <= most
        else { return nil }
        func five(_ number: Int) -> String { String(String(100_000 + number).dropFirst()) }
        return (1...count).map { "\(match.1)-\(five($0))-of-\(match.2).gguf" }
    }
}
