/// Pieces of a page. Whatever comes from outside goes through `escaped`.
enum HTMLText {
    /// One line that is harmless in an element and in a quoted attribute: markup, control and bidi characters
    /// are spelled out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in Escaping.visible(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
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
