import HTTPTypes
import HummingbirdCore
import NIOCore

/// What is refused before anybody looks at what was asked for.
struct RequestCheck {
    let hosts: HostRule
    /// The first Host field of a request is its authority; any other one stays among its fields.
    private static let secondHost = HTTPField.Name("Host")

    /// - Returns: nil for a request that may be answered.
    func refusal(_ request: Request, _ channel: any Channel) -> Reply? {
        let head = request.head
        guard head.method == .get || head.method == .head else {
            var reply = Reply.refused(.methodNotAllowed, "GET and HEAD only", endsConnection: true)
            reply.extra[.allow] = "GET, HEAD"
            return reply
        }
        guard let host = head.authority, !host.isEmpty else {
            return .refused(.badRequest, "a request needs a Host", endsConnection: true)
        }
        // A proxy in between may have looked at the other.
        guard Self.secondHost.flatMap({ head.headerFields[$0] }) == nil else {
            return .refused(.badRequest, "a request has one Host", endsConnection: true)
        }
        guard hosts.allows(host, local: channel.localAddress) else {
            return .refused(
                .misdirectedRequest, "this server does not answer to that name; see --allow-host", endsConnection: true)
        }
        guard head.headerFields[.transferEncoding] == nil, head.headerFields[.contentLength] ?? "0" == "0" else {
            return .refused(.contentTooLarge, "a request has no body here", endsConnection: true)
        }
        return nil
    }
}
