/// Pieces of a page. Whatever comes from outside goes through `escaped`.
enum HTMLText {
    /// One line that is harmless in an element and in a quoted attribute: markup, control and bidi characters
    /// are spelled out.
    static func escaped(_ text: String) -> String {
        var result = ""
        // Scalar by scalar: a mark that joins with a "<" to one character must not hide it.
        for scalar in Escaping.visible(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same for each line of a longer text.
    static func escapedLines(_ text: String) -> String { Escaping.lines(text).map(escaped).joined(separator: "\n") }

    static func element(_ name: String, _ attributes: [(String, String)] = [], _ content: String) -> String {
        let attributes = attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
        return "<\(name)\(attributes)>\(content)</\(name)>"
    }
}
