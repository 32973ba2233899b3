import Foundation

extension ServerPreset {
    /// The built-in preset of the server that this command starts, through a wrapper such as `env` or `python -m` too.
    /// - Returns: nil for a command that none of them knows.
    package static func recognized(by command: [String]) -> ServerPreset? {
        var words: [String] = []
        for word in command {
            // What follows an option may be its value, and a model may be called like a server.
            if word.hasPrefix("--"), !word.contains("=") { break }
            if !word.hasPrefix("-") { words.append(word.split(separator: "/").last.map(String.init) ?? word) }
        }
        return words.indices.lazy.compactMap { start in
            all.first { preset in
                preset.marks.contains { mark in
                    let mark = mark.split(separator: " ").map(String.init)
                    return words[start...].starts(with: mark)
                }
            }
        }.first
    }

    private var marks: [String] { file.commands ?? file.programs ?? [] }
}
