import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// What each connection goes through: the limits first, the probes where they come in, and then everybody's way.
struct Connection: ServerChildChannel {
    private let http: HTTP1Channel
    private let limits: ConnectionLimits
    private let asked: @Sendable () -> ProbeObserver.Asked?

    /// - Parameter asked: nil while there is nothing to tell.
    init(
        responder: @escaping HTTPChannelHandler.Responder, limits: ConnectionLimits, connections: OpenConnections,
        asked: @escaping @Sendable () -> ProbeObserver.Asked?
    ) {
        self.limits = limits
        self.asked = asked
        http = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionGuard(limits: limits, connections: connections)],
                idleTimeout: .seconds(limits.idleSeconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: 100)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let observer = ProbeObserver(asked: asked)
            try pipeline.addHandler(observer, position: .before(codec))
            try pipeline.addHandler(OldClientHandler(), position: .before(codec))
            try pipeline.addHandler(ProbeHandler(observer: observer, limits: limits), position: .first)
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
