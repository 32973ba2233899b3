/// One answer to a request, and how it gets onto the wire.
struct Answer: Sendable {
    enum Delivery: Sendable {
        case whole
        /// The length promises more than there is.
        case truncated
        case garbage
        /// One byte each so many milliseconds.
        case drip(Int)
        /// The body over and over, without an end.
        case endless
        case never
        /// The connection speaks another protocol from here on.
        case upgraded
    }

    var status: Int
    var contentType: String?
    var body: String
    /// More header fields, as `NAME: VALUE`.
    var fields: [String] = []
    var delivery = Delivery.whole

    static func json(_ status: Int, _ body: String) -> Answer {
        Answer(status: status, contentType: "application/json", body: body)
    }

    static func text(_ status: Int, _ body: String) -> Answer {
        Answer(status: status, contentType: "text/plain", body: body)
    }

    static func empty(_ status: Int) -> Answer { Answer(status: status, contentType: nil, body: "") }

    func head(closing: Bool) -> String {
        let length = body.utf8.count + (delivery.isTruncated ? 1000 : 0)
        var lines = ["HTTP/1.1 \(status) \(Self.reasons[status] ?? "Scripted")"]
        if !delivery.isEndless, status != 101 { lines.append("Content-Length: \(length)") }
        if let contentType { lines.append("Content-Type: \(contentType)") }
        lines += fields
        if closing, status != 101 { lines.append("Connection: close") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static let reasons = [
        101: "Switching Protocols", 200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
        426: "Upgrade Required", 500: "Internal Server Error", 503: "Service Unavailable",
    ]
}

extension Answer.Delivery {
    var isTruncated: Bool {
        if case .truncated = self { true } else { false }
    }

    var isEndless: Bool {
        if case .endless = self { true } else { false }
    }

    var isWhole: Bool {
        if case .whole = self { true } else { false }
    }
}
