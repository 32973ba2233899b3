import Foundation
import NIOHTTP1

/// What an answer other than "ready" says by its status and its header, for people.
struct AnswerWords: Hashable {
    /// After "answered 307"; empty if the status says it all.
    var words = ""
    /// Where a redirect leads, absolute where that can be known.
    var location: String?
    /// What the body says of an error.
    var detail: String?

    init(_ answer: HTTPExchange.Answer, to url: URL) {
        // A page that says "not found" tells no more than the status.
        if answer.status == 400 || answer.status == 401 || answer.status == 403 || answer.status >= 500 {
            detail = ShortenedText.said(in: String(decoding: answer.body, as: UTF8.self)).map(Self.bounded)
        }
        switch answer.status {
        case 300..<400:
            guard let place = answer.headers.first(name: "Location"), !place.isEmpty else { return }
            let whole = URL(string: place)
            words = ", a redirect to \(Self.bounded(whole?.host() == nil ? place : whole?.shown ?? place))"
            location = Self.bounded(URL(string: place, relativeTo: url)?.absoluteURL.shown ?? place)
        case 400 where Self.wantsTLS(answer.body):
            words = "; \(WireProtocol.tls)"
            detail = nil
        case 401, 403:
            let schemes = answer.headers["WWW-Authenticate"].compactMap {
                $0.split(separator: " ").first.map(String.init)
            }
            guard !schemes.isEmpty else { return }
            words = ", it wants authentication (\(Self.bounded(schemes.joined(separator: ", "))))"
        case 405:
            let methods = answer.headers["Allow"].joined(separator: ", ")
            if !methods.isEmpty { words = ", it allows \(Self.bounded(methods)) only" }
        case 426:
            let wanted = answer.headers["Upgrade"].joined(separator: ", ")
            words =
                wanted.isEmpty
                ? ", it wants an upgrade, as WebSocket servers do" : ", it wants an upgrade to \(Self.bounded(wanted))"
        default: break
        }
    }

    /// How servers that speak TLS answer a request without it; the others close the connection.
    private static func wantsTLS(_ body: [UInt8]) -> Bool {
        let text = String(decoding: body.prefix(2048), as: UTF8.self).lowercased()
        return [
            "http request to an https server", "plain http request was sent to https port",
            "plain http to an ssl-enabled server port", "requires tls",
        ].contains { text.contains($0) }
    }

    /// At most 300 characters, without secrets, and without what a terminal would obey.
    static func bounded(_ text: String) -> String {
        String(ShortenedText.beginning(of: text, most: 300).map { ($0.asciiValue ?? 0x7E) < 0x20 ? "?" : $0 })
    }
}
