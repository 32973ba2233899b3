import AsyncHTTPClient
import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP with one server: each request on a connection of its own, no redirects, no proxy, so that an
/// answer is this server's and is given now.
final class HTTPExchange: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// At most so many bytes as were asked for.
        var body: [UInt8]
    }

    private let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        // A refused connection is an answer: it means that the server has not bound its port yet.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }

    func shutDown() async { try? await client.shutdown() }

    /// - Parameters:
    ///   - keep: how many bytes of the body are kept; the rest is read and dropped.
    ///   - onStatus: called with the status as soon as it is there, before the body.
    /// - Throws: where there is no whole answer within the time.
    func send(
        _ method: HTTPMethod, _ url: URL, headers: [(String, String)] = [], body: [UInt8]? = nil, timeout: Duration,
        keep: Int = 4096, onStatus: (Int) -> Void = { _ in }
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.headers.replaceOrAdd(name: "Connection", value: "close")
        request.headers.replaceOrAdd(name: "User-Agent", value: "modeljournal")
        if let body { request.body = .bytes(body) }
        // The deadline covers the body too: a server that drips is no server that answers.
        let deadline = NIODeadline.now() + TimeAmount.microseconds(max(1, timeout.wholeMicroseconds))
        let response = try await client.execute(request, deadline: deadline)
        onStatus(Int(response.status.code))
        var kept: [UInt8] = []
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                var kept: [UInt8] = []
                for try await part in response.body where kept.count < keep {
                    kept.append(contentsOf: part.readableBytesView.prefix(keep - kept.count))
                }
                return kept
            }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(max(0, (deadline - .now()).nanoseconds)))
                return nil
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() ?? nil else { throw HTTPClientError.deadlineExceeded }
            kept = body
        }
        return Answer(status: Int(response.status.code), body: kept)
    }
}

private let cutShort = "the connection was closed before the answer was complete"

/// What went wrong between us and a server, in a few words.
func describe(_ error: any Error, timeout: Duration) -> String {
    switch error {
    case let error as HTTPClientError
    where error == .deadlineExceeded || error == .readTimeout
        || error == .connectTimeout:
        return "no answer within \(timeout.brief)"
    case let error as HTTPClientError where error == .remoteConnectionClosed: return cutShort
    case let error as HTTPParserError where error == .invalidEOFState: return cutShort
    case let error as IOError: return "\(String(cString: strerror(error.errnoCode)))"
    case let error as NIOConnectionError:
        if let cause = error.connectionErrors.first?.error as? IOError {
            return String(cString: strerror(cause.errnoCode))
        }
        return "the host \(error.host) could not be found"
    case is HTTPParserError: return "the answer is no HTTP"
    case is CancellationError: return "cancelled"
    default: return "\(error)"
    }
}
