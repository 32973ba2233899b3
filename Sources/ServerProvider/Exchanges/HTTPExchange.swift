import AsyncHTTPClient
import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import Synchronization

/// HTTP with one server: each request on a connection of its own, no redirects, no proxy, so that an
/// answer is this server's and is given now.
final class HTTPExchange: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        /// At most so many bytes as were asked for, decompressed.
        var body: [UInt8]
    }

    /// Without TLS, and with it once it is asked for: the trusted certificates are many, and have to be read.
    private struct Clients {
        var plain: HTTPClient
        var encrypted: [TrustedCertificates: HTTPClient] = [:]
        var isShutDown = false
    }

    private let clients = Mutex(Clients(plain: HTTPExchange.client(HTTPClient.Configuration())))
    /// Whose certificates are trusted unless a request says otherwise.
    let trust: TrustedCertificates

    /// More than this of a compressed body is not decompressed: a small answer may stand for gigabytes.
    private static let decompressionLimit = 16 << 20

    init(trust: TrustedCertificates = .ofEnvironment) { self.trust = trust }

    private static func client(_ configuration: HTTPClient.Configuration) -> HTTPClient {
        var configuration = configuration
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.decompression = .enabled(limit: .size(decompressionLimit))
        // A refused connection is an answer: it means that the server has not bound its port yet.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }

    private func client(for url: URL, _ trust: TrustedCertificates) -> HTTPClient {
        clients.withLock { clients in
            guard url.scheme?.lowercased() == "https", !clients.isShutDown else { return clients.plain }
            if let client = clients.encrypted[trust] { return client }
            let client = Self.client(HTTPClient.Configuration(tlsConfiguration: trust.configuration))
            clients.encrypted[trust] = client
            return client
        }
    }

    func shutDown() async {
        let all = clients.withLock { clients in
            clients.isShutDown = true
            return [clients.plain] + clients.encrypted.values
        }
        for client in all { try? await client.shutdown() }
    }

    /// - Parameters:
    ///   - trust: nil for the one of this exchange.
    ///   - keep: how many bytes of the body are kept; the rest is read and dropped.
    ///   - hasEnough: called with each part of the body; true ends the reading, as a stream may have no end.
    ///   - onStatus: called with the status as soon as it is there, before the body.
    /// - Throws: where there is no whole answer within the time.
    func send(
        _ method: HTTPMethod, _ url: URL, headers: [(String, String)] = [], body: [UInt8]? = nil,
        trust: TrustedCertificates? = nil, timeout: Duration, keep: Int = 4096,
        hasEnough: @escaping @Sendable ([UInt8]) -> Bool = { _ in false },
        onStatus: (Int) -> Void = { _ in }
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        // The server shall not spend time on compression; one that compresses all the same is understood.
        request.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.headers.replaceOrAdd(name: "Connection", value: "close")
        request.headers.replaceOrAdd(name: "User-Agent", value: "modeljournal")
        if let body { request.body = .bytes(body) }
        // The deadline covers the body too: a server that drips is no server that answers.
        let deadline = NIODeadline.now() + TimeAmount.microseconds(max(1, timeout.wholeMicroseconds))
        let response = try await client(for: url, trust ?? self.trust).execute(request, deadline: deadline)
        onStatus(Int(response.status.code))
        var kept: [UInt8] = []
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                var kept: [UInt8] = []
                do {
                    for try await part in response.body {
                        let bytes = part.readableBytesView
                        kept.append(contentsOf: bytes.prefix(keep - kept.count))
                        if hasEnough(Array(bytes)) { break }
                    }
                } catch NIOHTTPDecompression.DecompressionError.limit {
                    // The answer is there, and is longer than what is read of one.
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
        return Answer(status: Int(response.status.code), headers: response.headers, body: kept)
    }
}
