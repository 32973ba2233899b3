/// Pieces of a page. Whatever comes from outside goes through `escaped`.
package enum HTMLText {
    /// One line that is harmless in an element and in a quoted attribute: markup, control and bidi characters
    /// are spelled out.
    package static func escaped(_ text: String) -> String {
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
    package static func escapedLines(_ text: String) -> String {
        Escaping.lines(text).map(escaped).joined(separator: "\n")
    }

    package static func element(_ name: String, _ attributes: [(String, String)] = [], _ content: String) -> String {
        let attributes = attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
        return "<\(name)\(attributes)>\(content)</\(name)>"
    }

    // MARK: - Parts of a page

    package static func section(_ title: String, id: String? = nil, _ content: String) -> String {
        element("section", id.map { [("id", $0)] } ?? [], element("h2", [], escaped(title)) + content)
    }

    /// What may be wider than a phone moves within its own place, also by keyboard.
    /// - Parameter isNewestLast: what matters most stands at the right end.
    package static func scrolling(_ label: String, _ content: String, isNewestLast: Bool = false) -> String {
        element(
            "div",
            [
                ("class", isNewestLast ? "scroll newest" : "scroll"), ("role", "region"), ("aria-label", label),
                ("tabindex", "0"),
            ], content)
    }

    /// The head of a table.
    package static func head(_ cells: [String]) -> String {
        let row = cells.map { cell in
            element("th", [("scope", "col")] + (numbers.contains(cell) ? [("class", "number")] : []), escaped(cell))
        }
        return element("thead", [], element("tr", [], row.joined()))
    }

    /// Columns that stand at the right.
    private static let numbers: Set = ["elapsed", "latency", "#", "load", "warm-up", "start-up", "ready for", "count"]
}
