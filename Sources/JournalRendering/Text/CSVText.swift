/// CSV text (RFC 4180) that no spreadsheet takes for a formula.
package enum CSVText {
    package static func row(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    private static func cell(_ text: String) -> String {
        // Many readers of CSV end at a NUL, or refuse it.
        var text = text
        if text.unicodeScalars.contains("\0") {
            text = text.unicodeScalars.map { $0 == "\0" ? Escaping.visible("\0") : String($0) }.joined()
        }
        // A number may begin with a minus; anything else that begins so would be evaluated.
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first), !isNumber(text) {
            text = "'" + text
        }
        guard text.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return text }
        // Scalar by scalar: with a mark behind it a quotation mark is another character, but no other byte.
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// In digits: `-inf` would be a number too.
    private static func isNumber(_ text: String) -> Bool {
        Double(text) != nil && text.unicodeScalars.allSatisfy { "0123456789.eE+-".unicodeScalars.contains($0) }
    }

    /// An object as columns: members of members are joined by `_`, lists stay JSON.
    package static func columns(_ value: OutputValue, prefix: String = "") -> [(String, String)] {
        guard case .object(let members) = value else { return [(prefix, text(value))] }
        return members.flatMap { name, value in
            columns(value, prefix: prefix.isEmpty ? name : prefix + "_" + name)
        }
    }

    package static func text(_ value: OutputValue) -> String {
        switch value {
        case .null: ""
        case .string(let value): value
        case .bool, .integer, .number, .milliseconds, .json, .array, .object: JSONText.compact(value)
        }
    }
}
