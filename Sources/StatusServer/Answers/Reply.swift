import HTTPTypes
import HummingbirdCore
import JournalRendering
import NIOCore

/// A whole answer.
struct Reply: Sendable {
    var status: HTTPResponse.Status
    var contentType: String
    var body: ByteBuffer
    var extra = HTTPFields()
    /// Why there is no other answer, in words.
    var refusal: String?
    /// Whoever asks in this way gets no second question.
    var endsConnection = false

    init(_ status: HTTPResponse.Status, _ contentType: String, _ body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ status: HTTPResponse.Status, _ value: OutputValue) -> Reply {
        Reply(status, "application/json", ByteBuffer(string: JSONText.compact(value) + "\n"))
    }

    static func html(_ status: HTTPResponse.Status, _ text: String) -> Reply {
        Reply(status, "text/html; charset=utf-8", ByteBuffer(string: text))
    }

    static func refused(_ status: HTTPResponse.Status, _ words: String, endsConnection: Bool = false) -> Reply {
        var reply = json(status, .object([("error", .string(words))]))
        reply.refusal = words
        reply.endsConnection = endsConnection
        return reply
    }

    static func unavailable(_ words: String) -> Reply {
        var reply = refused(.serviceUnavailable, words)
        reply.extra[.retryAfter] = "1"
        return reply
    }

    static func write(_ reply: Reply, _ request: Request, _ writer: consuming ResponseWriter) async throws {
        let head = reply.head
        if request.method == .head {
            try await writer.writeResponse(head)
        } else {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: reply.body))
        }
    }

    private static let date = HTTPDate()

    /// Nothing from elsewhere is loaded by a page of ours, and none of ours is shown within one of somebody else's.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'"

    private static let common: HTTPFields = {
        var fields = HTTPFields()
        fields[.cacheControl] = "no-store"
        fields[.contentSecurityPolicy] = policy
        fields[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { fields[name] = "same-origin" }
        return fields
    }()

    var head: HTTPResponse {
        var fields = Self.fields(contentType)
        fields[.contentLength] = String(body.readableBytes)
        if endsConnection { fields[.connection] = "close" }
        for field in extra { fields[field.name] = field.value }
        return HTTPResponse(status: status, headerFields: fields)
    }

    /// The second in which we are, as answers tell it.
    static var now: String { date.now }

    /// As it goes over the wire, to a client that speaks HTTP/1.1.
    func written(isHead: Bool) -> ByteBuffer {
        let head = head
        var buffer = ByteBuffer()
        buffer.writeString("HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n")
        for field in head.headerFields { buffer.writeString("\(field.name): \(field.value)\r\n") }
        buffer.writeString("\r\n")
        if !isHead { buffer.writeImmutableBuffer(body) }
        return buffer
    }

    static func fields(_ contentType: String) -> HTTPFields {
        var fields = common
        fields[.contentType] = contentType
        fields[.date] = date.now
        return fields
    }
}
