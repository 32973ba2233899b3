import Foundation
import ModelLifecycle
import NIOCore
import NIOPosix

extension ServerConfiguration {
    /// - Parameter target: where to ask; nil for the configured one.
    /// - Returns: nil if a running server counts as a ready one.
    func prober(http: HTTPExchange, at target: ProbeTarget? = nil) -> (any Prober)? {
        guard let target = target ?? probe else { return nil }
        let judge = AnswerJudge(ready: readyWhen, failed: failedWhen, alive: aliveWhen)
        let trust = http.trust.adding(certificateFile, isUnchecked: probeIsInsecure)
        switch target {
        case .http, .unix:
            return HTTPProber(
                target, in: workingDirectory, request: ProbeRequest(self), judge: judge, timeout: probeTimeout,
                trust: trust, http: http)
        case .tcp(let host, let port): return TCPProber(host: host, port: port, timeout: probeTimeout)
        case .webSocket(let url):
            return WebSocketProber(
                url: url, headers: probeHeaders.map { ($0.name, $0.value) }, trust: trust, timeout: probeTimeout)
        case .wyoming(let host, let port):
            return WyomingProber(host: host, port: port, judge: judge, timeout: probeTimeout)
        case .exec(let command):
            return CommandProber(command: command, timeout: probeTimeout, workingDirectory: workingDirectory)
        case .notify: return nil
        case .auto: return NoListenerProber()
        }
    }
}

struct TCPProber: Prober {
    let host: String
    let port: Int
    let timeout: Duration

    var question: String { "\(ProbeTarget.tcp(host: host, port: port))" }

    func ask() async -> ProbeAnswer {
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.microseconds(max(1, timeout.wholeMicroseconds)))
                .connect(host: host, port: port).get()
            try? await channel.close()
            return ProbeAnswer(isReady: true, summary: "\(question) accepts connections")
        } catch {
            // A server that is too busy to accept has its queue of connections full.
            return ProbeAnswer(
                isReady: false, summary: "\(question): \(describe(error, timeout: timeout))",
                isLate: ExchangeFailure(error) == .late)
        }
    }
}

/// Runs something that may not end by itself.
/// - Throws: an error that reads as `ExchangeFailure.late` if it takes longer.
func within<Value: Sendable>(
    _ timeout: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: timeout)
            throw ChannelError.connectTimeout(.microseconds(timeout.wholeMicroseconds))
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
