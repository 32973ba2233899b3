/// Words of a server between quotation marks. Long ones lose their middle: a message says at its beginning what
/// happened, and at its end often why.
struct Quotation: CustomStringConvertible {
    private static let longest = 400
    private let text: String

    /// - Parameter most: characters that are quoted.
    init(_ text: String, most: Int = Quotation.longest) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard line.count > most else {
            self.text = line
            return
        }
        let half = (most - 3) / 2
        self.text = line.prefix(half).trimmed + " … " + line.suffix(half).trimmed
    }

    var description: String { "“\(text)”" }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        return start.prefix(start.count - start.reversed().prefix { $0.isWhitespace }.count)
    }
}
