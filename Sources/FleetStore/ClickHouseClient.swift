import AsyncHTTPClient
import Foundation
import ModelLifecycle
package import NIOCore
import NIOHTTP1
import NIOPosix

/// One ClickHouse server over its HTTP interface.
package struct ClickHouseClient: Sendable {
    package let address: FleetAddress
    private let credentials: FleetCredentials
    private let http: HTTPClient
    private let timeout: TimeAmount

    /// An answer is at most so large; longer lists are asked for in pages.
    private static let largestAnswer = 1 << 30

    /// Certificates are verified, and no redirection is followed: what is sent is for that server alone.
    package static func with<Result>(
        _ address: FleetAddress, _ credentials: FleetCredentials, timeout: TimeAmount = .seconds(300),
        _ body: (ClickHouseClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(120))
        configuration.httpVersion = .http1Only
        // Whoever ships tries again by itself; whoever asks wants to know why not.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(ClickHouseClient(address, credentials, http: http, timeout: timeout))
            try await http.shutdown()
            return result
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// - Parameter timeout: the longest that one statement may take.
    private init(
        _ address: FleetAddress, _ credentials: FleetCredentials, http: HTTPClient, timeout: TimeAmount
    ) {
        self.address = address
        self.credentials = credentials
        self.http = http
        self.timeout = timeout
    }

    // MARK: - Statements

    /// - Returns: the whole answer; a server that fails halfway has answered nothing.
    package func query(_ sql: String) async throws -> ByteBuffer { try await query(sql, with: []) }

    /// - Parameter tables: what the statement reads by their names.
    func query(_ sql: String, with tables: [ExternalTable]) async throws -> ByteBuffer {
        try await send(Self.whole, Message(sql + " FORMAT RowBinary", tables))
    }

    /// Hands over what comes, piece by piece, once the server has all of it.
    func stream(
        _ sql: String, with tables: [ExternalTable], _ body: (ByteBuffer) async throws -> Bool
    ) async throws {
        let response = try await start(Self.whole, Message(sql + " FORMAT RowBinary", tables))
        var pieces = response.body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do { piece = try await pieces.next() } catch is CancellationError { throw CancellationError() } catch {
                throw FleetError(.unavailable, "\(address): \(Self.words(error))")
            }
            guard let piece, try await body(piece) else { return }
        }
    }

    package func run(_ sql: String) async throws {
        _ = try await send(Self.whole, Message(sql, []))
    }

    private static let whole = ["wait_end_of_query": "1"]

    /// - Parameter rows: in RowBinary. On a cluster they are on their shard once this returns.
    package func insert(_ table: String, _ columns: [String], _ rows: ByteBuffer) async throws {
        let answer = try await send(
            [
                "query": "INSERT INTO \(table) (\(columns.joined(separator: ", "))) FORMAT RowBinary",
                "insert_distributed_sync": "1",
            ], Message(body: rows))
        guard answer.readableBytes == 0 else {
            throw FleetError(.damaged, "\(address): the answer to what was sent is none of ClickHouse")
        }
    }

    private func send(_ parameters: [String: String], _ message: Message) async throws -> ByteBuffer {
        let response = try await start(parameters, message)
        return try await reaching { try await response.body.collect(upTo: Self.largestAnswer) }
    }

    /// - Returns: an answer that says that all is well.
    private func start(_ parameters: [String: String], _ message: Message) async throws -> HTTPClientResponse {
        var url = URLComponents()
        url.scheme = address.scheme
        url.host = address.host
        url.port = address.port
        url.path = "/"
        let all = parameters.merging(["database": address.database]) { $1 }.merging(message.parameters) { $1 }
        url.queryItems = all.sorted { $0.key < $1.key }.map { URLQueryItem(name: $0.key, value: $0.value) }
        // A plus would be read as a blank.
        url.percentEncodedQuery = url.percentEncodedQuery?.replacing("+", with: "%2B")
        var request = HTTPClientRequest(url: url.string ?? "")
        request.method = .POST
        // A password alone would be that of a user without a name.
        if let user = credentials.user ?? credentials.password.map({ _ in "default" }) {
            request.headers.add(name: "X-ClickHouse-User", value: user)
        }
        if let password = credentials.password { request.headers.add(name: "X-ClickHouse-Key", value: password) }
        if let type = message.contentType { request.headers.add(name: "Content-Type", value: type) }
        request.body = .bytes(message.body)
        let response = try await reaching { [request] in try await http.execute(request, timeout: timeout) }
        guard response.status == .ok else {
            let text = try await reaching { try await response.body.collect(upTo: 1 << 20) }
            throw refusal(response.status, String(buffer: text))
        }
        return response
    }

    /// Says in this program's words why there is no answer.
    private func reaching<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch is CancellationError { throw CancellationError() } catch {
            throw FleetError(.unavailable, "\(address): \(Self.words(error))")
        }
    }

    // MARK: - Refusals

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout: "no answer in time"
        case let error as HTTPClientError where error == .connectTimeout: "cannot be reached"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "it broke off the connection"
        case let error as IOError where error.errnoCode == ECONNREFUSED: "nobody listens there"
        case is NIOConnectionError: "cannot be reached"
        // Its full words hold what was sent, such as a password.
        case let error as HTTPClientError: error.shortDescription
        default: words(String(describing: error))
        }
    }

    private static func words(_ text: String) -> String {
        if text.uppercased().contains("CERTIFICATE_VERIFY_FAILED") || text.contains("failedToValidateHostname") {
            return "its certificate is none that this machine trusts for that name"
        }
        return text
    }

    /// What ClickHouse counts as no matter of the statement: memory, room, load, other servers, a table that cannot be
    /// written for now.
    private static let passing: Set<Int> = [
        3, 74, 75, 76, 159, 173, 198, 201, 202, 203, 209, 210, 225, 236, 241, 242, 243, 244, 252, 254, 279, 285,
        286, 319, 394, 425, 439, 499,
        999,
        1000, 1001,
    ]
    private static let denials: Set<Int> = [164, 192, 193, 194, 195, 291, 492, 497, 516]

    func refusal(_ status: HTTPResponseStatus, _ text: String) -> FleetError {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? status.reasonPhrase
        let code = line.firstMatch(of: /Code: ([0-9]+)/).flatMap { Int($0.1) }
        // Before it is cut.
        let shown = Redaction.redact(line)
        var words = shown.replacing(/^Code: [0-9]+[,.] ?(e\.displayText\(\) = )?(DB::Exception: )?/, with: "")
            .replacing(/,? e\.what\(\) = DB::Exception.*$/, with: "")
        if words.count > 300 { words = words.prefix(300) + "…" }
        switch code {
        case 81?:
            return FleetError(
                .noSchema, "\(address): there is no such database; CREATE DATABASE \(address.database) makes it")
        case 60?:
            return FleetError(
                .noSchema, "\(address): there are no tables of modeljournal; `modeljournal ship --prepare` makes them")
        case let code? where Self.denials.contains(code): return FleetError(.denied, "\(address): \(words)")
        case let code? where Self.passing.contains(code): return FleetError(.unavailable, "\(address): \(words)")
        case _?: return FleetError(.refused, "\(address): \(words)")
        case nil where status == .unauthorized || status == .forbidden:
            return FleetError(.denied, "\(address): \(words)")
        // A proxy in between, or no ClickHouse at all.
        case nil:
            return FleetError(
                status.code >= 500 || [408, 429].contains(status.code) ? .unavailable : .damaged,
                "\(address): \(status.code) \(status.reasonPhrase): \(words)")
        }
    }
}
