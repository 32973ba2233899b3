import Foundation
package import JournalReports
import LifecycleJournal

/// Words of a POSIX shell.
package enum ShellWords {
    /// One word. Control characters are spelled out (`$'…'`), so that the word survives a terminal.
    package static func quoted(_ word: String) -> String {
        if isPlain(word) { return word }
        if word.unicodeScalars.contains(where: Escaping.isDangerous) { return spelledOut(word) }
        return "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// An option and its value: a value that looks like an option is joined to its name.
    package static func option(_ name: String, _ value: String) -> [String] {
        value.hasPrefix("-") ? [quoted("\(name)=\(value)")] : [name, quoted(value)]
    }

    /// The words of a command as a run's configuration keeps them: a JSON array in a text.
    static func list(_ text: String) -> [String]? {
        try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    static func isPlain(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:@%+=,".utf8.contains(byte)
                }
            }
    }

    /// Octal escapes end after three digits, whatever follows them.
    private static func spelledOut(_ word: String) -> String {
        var text = "$'"
        for scalar in word.unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "'", "\\": text += "\\" + String(scalar)
            case _ where Escaping.isDangerous(scalar):
                for byte in String(scalar).utf8 {
                    let digits = String(byte, radix: 8)
                    text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "'"
    }
}

extension Postmortem.Change {
    /// The two values for people: a text without its quotes, a command as it is typed, "not set".
    package var shown: (before: String, after: String) { (Self.shown(before), Self.shown(after)) }

    private static func shown(_ json: String?) -> String {
        guard let json else { return "not set" }
        guard let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8)) else { return json }
        return ShellWords.list(text).map(ShellWords.line) ?? text
    }
}
