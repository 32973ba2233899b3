import NIOCore
import NIOHTTP1

/// Answers health checks where their bytes come in. There may be very many of them, while a model that loads needs the
/// processor: to take each request apart, and to have a task for it, would cost four times as much.
///
/// It reads no HTTP. The first request of a connection goes the way of all, and `ProbeObserver` sees what the parser makes
/// of it. Where that was one plain health check and nothing else, the same bytes again ask the same again.
final class ProbeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let observer: ProbeObserver
    /// A connection counts as idle by what is passed on, so a request is, once in this time.
    private let passesEvery: TimeAmount
    private var passed = NIODeadline.now()
    /// What the read before this one asked for, where it can be asked again.
    private var known: (bytes: ByteBuffer, question: Probes.Question, isHead: Bool)?
    private var mustFlush = false

    init(observer: ProbeObserver, limits: ConnectionLimits) {
        self.observer = observer
        passesEvery = .milliseconds(limits.idleSeconds * 1000 / 10)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        // Whoever does not take answers waits like everybody; and so does what was asked behind something else.
        if let known, known.bytes == bytes, observer.unanswered == 0, context.channel.isWritable,
            .now() - passed < passesEvery, let probes = observer.asked()?.probes
        {
            context.write(wrapOutboundOut(probes.written(known.question, isHead: known.isHead)), promise: nil)
            mustFlush = true
            return
        }
        passed = .now()
        observer.begin()
        context.fireChannelRead(data)
        known = observer.end(bytes, context).map { (bytes, $0, $1) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if mustFlush {
            mustFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }
}

/// Sees what the parser makes of the bytes of a read, and what is answered.
final class ProbeObserver: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Whom a question goes to.
    struct Asked {
        var hosts: HostRule
        var probes: Probes
    }

    private enum Seen {
        case nothing
        case head(HTTPRequestHead)
        /// A request without a body, and nothing beside it.
        case request(HTTPRequestHead)
        case more
    }

    /// Nil while there is nothing to tell.
    let asked: () -> Asked?
    /// Requests whose answers are not written yet.
    private(set) var unanswered = 0
    private var seen = Seen.nothing
    /// Whether the parser holds no beginning of a request. Then what it makes of some bytes is theirs alone.
    private var isBetweenRequests = true

    init(asked: @escaping () -> Asked?) { self.asked = asked }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), seen) {
        case (.head(let head), .nothing): seen = .head(head)
        case (.end, .head(let head)): seen = .request(head)
        default: seen = .more
        }
        if case .head = unwrapInboundIn(data) { unanswered += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    /// Before a read goes to the parser.
    func begin() { seen = .nothing }

    /// After it.
    /// - Returns: what its bytes ask for, if they are one whole health check that may be answered.
    func end(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) -> (Probes.Question, isHead: Bool)? {
        let wasBetweenRequests = isBetweenRequests
        isBetweenRequests = false
        guard case .request(let head) = seen, bytes.readableBytesView.suffix(4).elementsEqual("\r\n\r\n".utf8) else {
            return nil
        }
        seen = .nothing
        isBetweenRequests = true
        guard wasBetweenRequests, head.method == .GET || head.method == .HEAD,
            head.version == .http1_1, head.isKeepAlive, let question = Probes.Question(rawValue: head.uri),
            ["content-length", "transfer-encoding", "expect", "upgrade"].allSatisfy({ head.headers[$0].isEmpty }),
            head.headers["host"].count == 1, let host = head.headers.first(name: "host"),
            asked()?.hosts.allows(host, local: context.channel.localAddress) == true
        else { return nil }
        return (question, head.method == .HEAD)
    }
}

@available(*, unavailable)
extension ProbeHandler: Sendable {}

@available(*, unavailable)
extension ProbeObserver: Sendable {}
