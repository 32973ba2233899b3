import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Many clients of `/events`, each of which checks that it gets every transition once and in order.
final class EventClients: Sendable {
    private struct State {
        /// The number of the last transition, by client.
        var last: [Int]
        /// Its ID as the server gave it.
        var ids: [String]
        var faults: [String] = []
        var isEnding = false
    }

    private let port: Int
    private let state: Mutex<State>
    private let channels = Mutex<[Int: any Channel]>([:])

    /// - Parameters:
    ///   - count: how many.
    ///   - position: where all of them begin.
    init(_ count: Int, port: Int, position: String) {
        self.port = port
        let seq = Int(position.split(separator: "-").last ?? "") ?? 0
        state = Mutex(State(last: Array(repeating: seq, count: count), ids: Array(repeating: position, count: count)))
    }

    var faults: [String] { state.withLock { $0.faults } }

    /// What the slowest of them has seen.
    var slowest: Int { state.withLock { $0.last.min() ?? 0 } }

    /// Transitions that have come, at all of them together.
    var received: Int { state.withLock { $0.last.reduce(0, +) } }

    var connected: Int { channels.withLock { $0.count } }

    func connect() async throws {
        let count = state.withLock { $0.last.count }
        for client in 0..<count { try await connect(client) }
    }

    private func connect(_ client: Int) async throws {
        let id = state.withLock { $0.ids[client] }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineReader { self.read($0, client) })
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        channels.withLock { $0[client] = channel }
        channel.closeFuture.whenComplete { [self] _ in channels.withLock { $0[client] = nil } }
        let request = "GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nLast-Event-ID: \(id)\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: request))
    }

    private func read(_ line: String, _ client: Int) {
        if line.hasPrefix("event: reset") { return state.withLock { $0.faults.append("client \(client) was reset") } }
        guard line.hasPrefix("id: "), let dash = line.lastIndex(of: "-"),
            let seq = Int(line[line.index(after: dash)...])
        else { return }
        state.withLock { state in
            if seq != state.last[client] + 1 {
                state.faults.append("client \(client) got \(seq) after \(state.last[client])")
            }
            state.last[client] = seq
            state.ids[client] = String(line.dropFirst(4))
        }
    }

    func disconnect() async {
        for channel in channels.withLock({ Array($0.values) }) { try? await channel.close() }
    }
}

/// Hands over line by line.
private final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var rest = ByteBuffer()
    private let body: (String) -> Void

    init(_ body: @escaping (String) -> Void) { self.body = body }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var new = unwrapInboundIn(data)
        rest.writeBuffer(&new)
        while let length = lineLength, let line = rest.readString(length: length) {
            body(line.trimmingLineEnd)
        }
        rest.discardReadBytes()
    }

    /// The system's search, as a million lines are sought, without optimisation.
    private var lineLength: Int? {
        rest.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, let end = memchr(start, 0x0A, bytes.count) else { return nil }
            return UnsafeRawPointer(end) - start + 1
        }
    }
}

extension String {
    fileprivate var trimmingLineEnd: String {
        hasSuffix("\r\n") ? String(dropLast()) : String(dropLast(isEmpty ? 0 : 1))
    }
}
