import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server of a few lines: a closure answers each request. On a port of its own, or on a socket in the file system.
final class PathServer: Sendable {
    struct Request: Sendable, Equatable {
        var method: String
        var uri: String
        var headers: [String: String]
        var body: String
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = ""
    }

    let port: Int
    private let channel: any Channel
    private let seen: Seen

    final class Seen: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// - Parameter socket: a path; nil for a port on the loopback address.
    init(socket: String? = nil, _ answer: @escaping @Sendable (Request) -> Answer) async throws {
        let seen = Seen()
        self.seen = seen
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(seen, answer))
                }
            }
        if let socket {
            channel = try await bootstrap.bind(unixDomainSocketPath: socket).get()
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        }
        port = channel.localAddress?.port ?? 0
    }

    var requests: [Request] { seen.requests.withLock { $0 } }

    func stop() async { try? await channel.close().get() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let seen: Seen
        private let answer: @Sendable (Request) -> Answer
        private var request = Request(method: "", uri: "", headers: [:], body: "")

        init(_ seen: Seen, _ answer: @escaping @Sendable (Request) -> Answer) {
            self.seen = seen
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch Self.unwrapInboundIn(data) {
            case .head(let head):
                let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
                request = Request(
                    method: head.method.rawValue, uri: head.uri,
                    headers: Dictionary(headers, uniquingKeysWith: { "\($0),\($1)" }), body: "")
            case .body(let part): request.body += String(buffer: part)
            case .end:
                seen.requests.withLock { $0.append(request) }
                let answer = answer(request)
                var headers = HTTPHeaders(answer.headers)
                headers.add(name: "Content-Length", value: "\(answer.body.utf8.count)")
                headers.add(name: "Connection", value: "close")
                let head = HTTPResponseHead(
                    version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
                context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
                context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
                context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
