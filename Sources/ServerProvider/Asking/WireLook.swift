import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Looks more closely at what listens behind a URL that gives no HTTP answer: a server of another protocol, one that
/// speaks TLS where it was asked without, or one whose certificate is not trusted.
///
/// It takes up to three connections of its own, so each kind of failure is looked at once, until it changes.
final class WireLook: Sendable {
    private struct Contents {
        var failure: ExchangeFailure?
        var words: String?
        var looks = 0
    }

    private let url: URL
    private let contents = Mutex(Contents())

    /// A limit for a server whose failures change all the time.
    private static let maximumLooks = 10
    /// The longest that one connection is waited for.
    private static let patience = TimeAmount.milliseconds(500)

    init(_ url: URL) { self.url = url }

    /// In a few words, what a failure means.
    /// - Returns: nil if a closer look does not tell more.
    func words(for failure: ExchangeFailure) async -> String? {
        let isKnown = contents.withLock { contents in
            if contents.failure == failure { return true }
            contents.failure = failure
            contents.words = nil
            contents.looks += 1
            return contents.looks > Self.maximumLooks
        }
        if isKnown { return contents.withLock { $0.words } }
        let words = await look(at: failure)
        contents.withLock { $0.words = words }
        return words
    }

    private func look(at failure: ExchangeFailure) async -> String? {
        guard let target = ProbeTarget.http(url).address else { return nil }
        let isEncrypted = url.scheme?.lowercased() == "https"
        switch failure {
        case .other: return nil
        case .untrusted, .wrongHost:
            guard let certificate = await handshake(target).certificate else { return nil }
            if failure == .wrongHost {
                return "its TLS certificate is not valid for \(target.host) (\(certificate.validHosts))"
            }
            return "its TLS certificate is not trusted: \(certificate.complaint(now: Date()))"
        case .tls, .late, .closed, .notHTTP:
            let plain = await firstBytes(target, sending: request)
            guard plain.isConnected else { return nil }
            if isEncrypted {
                if plain.bytes.starts(with: Array("HTTP/".utf8)) {
                    return "the server does not speak TLS: use http://"
                }
            } else if let words = WireProtocol.words(plain.bytes) {
                return words
            } else if plain.bytes.isEmpty, failure != .late {
                if await handshake(target).isTLS { return WireProtocol.tls }
                let two = await firstBytes(target, sending: WireProtocol.preface)
                if let words = WireProtocol.words(two.bytes) { return words }
                return "the server closed the connection without an answer"
            }
            return failure == .late ? "the server accepted the connection, and did not answer" : nil
        }
    }

    private var request: [UInt8] {
        let path = url.path(percentEncoded: true)
        let query = url.query(percentEncoded: true).map { "?\($0)" } ?? ""
        let host = url.host(percentEncoded: true) ?? ""
        let authority = (host.contains(":") ? "[\(host)]" : host) + (url.port.map { ":\($0)" } ?? "")
        return Array(
            ("GET \(path.isEmpty ? "/" : path)\(query) HTTP/1.1\r\nHost: \(authority)\r\n"
                + "User-Agent: modeljournal\r\nConnection: close\r\n\r\n").utf8)
    }

    // MARK: - Connections

    private typealias Target = (host: String, port: Int)

    /// What a server said first.
    private struct FirstBytes: Sendable {
        var isConnected = false
        var bytes: [UInt8] = []
    }

    private func firstBytes(_ target: Target, sending bytes: [UInt8]) async -> FirstBytes {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: FirstBytes.self)
        do {
            let channel = try await ClientBootstrap(group: loop).connectTimeout(Self.patience)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Listener(promise))
                    }
                }.connect(host: target.host, port: target.port).get()
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            loop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
            let first = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            channel.close(promise: nil)
            return first
        } catch {
            promise.succeed(FirstBytes())
            return FirstBytes()
        }
    }

    /// Waits for the first bytes, or for the end of the connection.
    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let promise: EventLoopPromise<FirstBytes>

        init(_ promise: EventLoopPromise<FirstBytes>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            promise.succeed(
                FirstBytes(isConnected: true, bytes: Array(Self.unwrapInboundIn(data).readableBytesView.prefix(256))))
        }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(FirstBytes(isConnected: true)) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// What a TLS handshake showed, without trust and without an end.
    private struct Handshake: Sendable {
        var isTLS = false
        var certificate: PeerCertificate?
    }

    private func handshake(_ target: Target) async -> Handshake {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Handshake.self)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([])
        // An address is not a name that may be asked for.
        let name = SocketAddressText.bytes(target.host) == nil ? target.host : nil
        do {
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ClientBootstrap(group: loop).connectTimeout(Self.patience)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: name) {
                            (chain: [NIOSSLCertificate], verdict: EventLoopPromise<NIOSSLVerificationResult>) in
                            promise.succeed(
                                Handshake(isTLS: true, certificate: chain.first.flatMap(PeerCertificate.init)))
                            verdict.succeed(.failed)
                        }
                        try channel.pipeline.syncOperations.addHandlers([handler, HandshakeEnd(promise)])
                    }
                }.connect(host: target.host, port: target.port).get()
            loop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
            let handshake = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            channel.close(promise: nil)
            return handshake
        } catch {
            promise.succeed(Handshake())
            return Handshake()
        }
    }

    private final class HandshakeEnd: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let promise: EventLoopPromise<Handshake>

        init(_ promise: EventLoopPromise<Handshake>) { self.promise = promise }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(Handshake()) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension PeerCertificate {
    fileprivate init?(_ certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        self.init(
            bytes, notBefore: Date(timeIntervalSince1970: TimeInterval(certificate.notValidBefore)),
            notAfter: Date(timeIntervalSince1970: TimeInterval(certificate.notValidAfter)))
    }
}
