import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import TestSupport
import Testing

@testable import ServerProvider

@Suite("Probes of WebSocket servers", .serialized, .turn(of: "ServerProviderTests"))
struct WebSocketProbeTests {
    @Test func aHandshakeIsEnoughAndTheConnectionIsClosedProperly() async throws {
        let server = try await WebSocketServer()
        let address = "ws://127.0.0.1:\(server.port)/asr?lang=en"
        let answer = try await ask(address) {
            $0.probeHeaders = [RequestHeader(name: "Authorization", value: "Bearer hunter2hunter2")]
        }
        #expect(answer.isReady && answer.status == 101 && answer.summary == "GET \(address) answered 101")
        try await eventually("a close frame") { server.closeFrames == 1 }
        #expect(server.seen == "/asr?lang=en Bearer hunter2hunter2")
        await server.stop()
    }

    @Test func anotherAnswerIsExplained() async throws {
        let server = try await PathServer { request in
            switch request.uri {
            case "/key": PathServer.Answer(status: 401, headers: [("WWW-Authenticate", "Bearer")], body: "no key")
            case "/gone": PathServer.Answer(status: 404)
            default: PathServer.Answer()
            }
        }
        let address = "ws://127.0.0.1:\(server.port)"
        let key = try await ask("\(address)/key")
        #expect(!key.isReady && key.status == 401)
        #expect(
            key.line == "GET \(address)/key answered 401, it wants authentication (Bearer), "
                + "and not 101 as a WebSocket server does: no key")
        #expect(
            try await ask("\(address)/gone").summary
                == "GET \(address)/gone answered 404, and not 101 as a WebSocket server does")
        #expect(try await ask("\(address)").isReady == false)
        await server.stop()
    }

    /// An accepted handshake has the answer to the key of the request.
    @Test func aFalseHandshakeIsNotAccepted() async throws {
        let server = try CannedServer(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: aGVsbG8=\r\n\r\n")
        defer { server.stop() }
        let answer = try await ask("ws://127.0.0.1:\(server.port)/")
        #expect(
            !answer.isReady && answer.summary.hasSuffix("/ answered 101, but not as a WebSocket server does"),
            "\(answer)")
    }

    @Test(arguments: [
        ("SSH-2.0-OpenSSH_9.6\r\n", CannedServer.Manner.greets, "it looks like SSH"),
        ("\u{15}\u{3}\u{1}\0\u{2}\u{2}F", .answers, "the server speaks TLS: use wss://"),
        ("", .answers, "the server closed the connection without an answer"),
    ])
    func anotherProtocolIsNamed(bytes: String, manner: CannedServer.Manner, words: String) async throws {
        let server = try CannedServer(bytes, manner)
        defer { server.stop() }
        let answer = try await ask("ws://127.0.0.1:\(server.port)/")
        #expect(!answer.isReady && answer.summary.contains(words), "\(answer.summary)")
    }

    @Test func aServerThatSaysNothingIsLate() async throws {
        let server = try CannedServer("", .silent)
        defer { server.stop() }
        let answer = try await ask("ws://127.0.0.1:\(server.port)/") { $0.probeTimeout = .milliseconds(100) }
        #expect(
            answer.summary.contains(": no answer within 100 ms"), "\(answer.summary)")
        #expect(answer.isLate)
        let refused = try await ask("ws://127.0.0.1:1/")
        #expect(refused.summary == "GET ws://127.0.0.1:1/: Connection refused")
    }

    private func ask(
        _ probe: String, _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> ProbeAnswer {
        var configuration = ServerConfiguration(command: ["server"], probe: try ProbeTarget(probe))
        configuration.probeTimeout = .seconds(60)
        change(&configuration)
        let http = HTTPExchange()
        let answer = await configuration.prober(http: http)?.ask()
        await http.shutDown()
        return try #require(answer)
    }
}

/// Accepts every handshake, and counts how many connections are closed as the protocol wants it.
private final class WebSocketServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let record: Record

    final class Record: Sendable {
        let contents = Mutex<(seen: String, closeFrames: Int)>(("", 0))
    }

    init() async throws {
        let record = Record()
        self.record = record
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let upgrader = NIOWebSocketServerUpgrader(
                    shouldUpgrade: { channel, head in
                        let key = head.headers.first(name: "Authorization") ?? ""
                        record.contents.withLock { $0.seen = "\(head.uri) \(key)" }
                        return channel.eventLoop.makeSucceededFuture([:])
                    },
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Counter(record))
                        }
                    })
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }.bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var seen: String { record.contents.withLock { $0.seen } }
    var closeFrames: Int { record.contents.withLock { $0.closeFrames } }

    func stop() async { try? await channel.close().get() }

    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        private let record: Record

        init(_ record: Record) { self.record = record }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = Self.unwrapInboundIn(data)
            var code = frame.unmaskedData
            guard frame.opcode == .connectionClose, code.readInteger(as: UInt16.self) == 1000 else { return }
            record.contents.withLock { $0.closeFrames += 1 }
            context.close(promise: nil)
        }
    }
}
