/// Values as ClickHouse's SQL writes them. Nothing that comes from elsewhere gets into a statement in another way.
enum SQLText {
    static func literal(_ text: String) -> String {
        var literal = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": literal += "\\'"
            case "\\": literal += "\\\\"
            // Zero, and whatever else a log would choke on.
            case "\0"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                literal += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "'"
    }

    static func list(_ texts: [String]) -> String { "(" + texts.map(literal).joined(separator: ", ") + ")" }
}
