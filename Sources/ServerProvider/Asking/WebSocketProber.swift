import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// Ready when a WebSocket handshake is answered with 101. The connection is then closed as the protocol wants it.
struct WebSocketProber: Prober {
    private let url: URL
    private let headers: [(name: String, value: String)]
    private let trust: TrustedCertificates
    private let timeout: Duration
    private let look: WireLook
    private let certificates = ReadCertificates()

    /// - Parameter url: `ws` or `wss`.
    init(url: URL, headers: [(name: String, value: String)] = [], trust: TrustedCertificates, timeout: Duration) {
        self.url = url
        self.headers = headers
        self.trust = trust
        self.timeout = timeout
        var parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
        parts?.scheme = url.scheme?.lowercased() == "wss" ? "https" : "http"
        look = WireLook(parts?.url ?? url)
    }

    private var target: ProbeTarget { .webSocket(url) }

    var question: String { "GET \(target.shown)" }

    func ask() async -> ProbeAnswer {
        do {
            let answer = try await within(timeout) { try await handshake() }
            let certainty = trust.isUnchecked && target.isEncrypted ? ProbeAnswer.uncheckedCertificate : ""
            let meaning = AnswerWords(answer, to: url)
            let isReady = answer.status == 101
            return ProbeAnswer(
                isReady: isReady,
                summary: "\(question) answered \(answer.status)\(certainty)"
                    + (isReady ? "" : meaning.words + ", and not 101 as a WebSocket server does"),
                detail: isReady ? nil : meaning.detail, status: answer.status, location: meaning.location,
                body: answer.body)
        } catch is NIOHTTPClientUpgradeError {
            return ProbeAnswer(
                isReady: false, summary: "\(question) answered 101, but not as a WebSocket server does", status: 101)
        } catch {
            let failure = ExchangeFailure(error)
            let words = failure.words(timeout: timeout)
            let more = await look.words(for: failure)?.replacing("use http", with: "use ws")
            let isLate = failure == .late
            return ProbeAnswer(
                isReady: false,
                summary: "\(question): " + (isLate ? words + (more.map { "; \($0)" } ?? "") : more ?? words),
                isLate: isLate)
        }
    }

    // MARK: - The connection

    private func handshake() async throws -> HTTPExchange.Answer {
        guard let (host, port) = target.address else { throw ChannelError.operationUnsupported }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: HTTPExchange.Answer.self)
        let context = target.isEncrypted ? try certificates.context(trust) : nil
        // An address is not a name that may be asked for.
        let name = SocketAddressText.bytes(host) == nil ? host : nil
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: fields),
            upgraders: [
                NIOTypedWebSocketClientUpgrader<Bool> { channel, head in
                    promise.succeed(HTTPExchange.Answer(status: 101, headers: head.headers, body: []))
                    return channel.eventLoop.makeSucceededFuture(true)
                }
            ],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RefusalReader(promise))
                    return false
                }
            })
        do {
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.microseconds(max(1, timeout.wholeMicroseconds)))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let context {
                            try pipeline.addHandler(try NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        let isUpgraded = try pipeline.configureUpgradableHTTPClientPipeline(
                            configuration: .init(upgradeConfiguration: upgrade))
                        // Nothing can be written before the handlers of HTTP are gone.
                        isUpgraded.whenSuccess { isUpgraded in
                            if isUpgraded { channel.eventLoop.execute { Self.sayGoodbye(channel) } }
                        }
                        try pipeline.addHandler(HandshakeFailure(promise))
                    }
                }.connect(host: host, port: port).get()
            return try await withTaskCancellationHandler {
                do { return try await promise.futureResult.get() } catch {
                    channel.close(promise: nil)
                    throw error
                }
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            promise.fail(error)
            throw error
        }
    }

    private var uri: String {
        let path = url.path(percentEncoded: true)
        return (path.isEmpty ? "/" : path) + (url.query(percentEncoded: true).map { "?\($0)" } ?? "")
    }

    private var fields: HTTPHeaders {
        var fields = HTTPHeaders()
        let host = url.host(percentEncoded: true) ?? ""
        fields.add(
            name: "Host", value: (host.contains(":") ? "[\(host)]" : host) + (url.port.map { ":\($0)" } ?? ""))
        fields.add(name: "User-Agent", value: "modeljournal")
        for (name, value) in headers { fields.replaceOrAdd(name: name, value: value) }
        return fields
    }

    /// A close frame with the status "normal", and a moment for the server to answer it. Some servers log what leaves
    /// without one as an error.
    private static func sayGoodbye(_ channel: any Channel) {
        let goodbye = WebSocketFrame(
            fin: true, opcode: .connectionClose, maskKey: .random(), data: ByteBuffer(integer: UInt16(1000)))
        channel.eventLoop.scheduleTask(in: .milliseconds(500)) { channel.close(promise: nil) }
        channel.writeAndFlush(goodbye, promise: nil)
    }
}

/// The certificates that are trusted are many, so they are read once for all probes.
private final class ReadCertificates: Sendable {
    private let context = Mutex<NIOSSLContext?>(nil)

    func context(_ trust: TrustedCertificates) throws -> NIOSSLContext {
        try context.withLock { context in
            if let context { return context }
            let new = try NIOSSLContext(configuration: trust.configuration)
            context = new
            return new
        }
    }
}

/// Ends the wait for a handshake that will not come.
private final class HandshakeFailure: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    private let promise: EventLoopPromise<HTTPExchange.Answer>

    init(_ promise: EventLoopPromise<HTTPExchange.Answer>) { self.promise = promise }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}

/// Reads the answer of a server that does not switch to WebSocket.
private final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    private let promise: EventLoopPromise<HTTPExchange.Answer>
    private var answer = HTTPExchange.Answer(status: 0, headers: [:], body: [])

    init(_ promise: EventLoopPromise<HTTPExchange.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.headers = head.headers
        case .body(let part): answer.body.append(contentsOf: part.readableBytesView.prefix(4096 - answer.body.count))
        case .end: finish(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(context) }

    private func finish(_ context: ChannelHandlerContext) {
        if answer.status > 0 { promise.succeed(answer) } else { promise.fail(ChannelError.eof) }
        context.close(promise: nil)
    }
}
