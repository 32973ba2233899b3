import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import Logging
import ModelLifecycle
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import FleetStore

/// The servers of all tests here: two shards of one cluster, started once.
actor Servers {
    static let shared = Servers()

    private var running: Task<[ClickHouseServer], any Error>?
    private var zooKeeper: ZooKeeperServer?

    /// Two servers that know each other as the shards of the cluster `fleet`.
    func servers() async throws -> [ClickHouseServer] {
        let task = running ?? Task { try await start() }
        running = task
        return try await task.value
    }

    private func start() async throws -> [ClickHouseServer] {
        var coordination = ""
        if ZooKeeperServer.libraries != nil {
            let server = try ZooKeeperServer()
            try await server.start()
            zooKeeper = server
            coordination = """
                <zookeeper><node><host>127.0.0.1</host><port>\(server.port)</port></node></zookeeper>
                <distributed_ddl><path>/clickhouse/ddl</path></distributed_ddl>
                """
        }
        let ports = try [ClickHouseServer.Ports(), ClickHouseServer.Ports()]
        let shards = ports.map {
            "<shard><internal_replication>true</internal_replication>"
                + "<replica><host>127.0.0.1</host><port>\($0.tcp)</port></replica></shard>"
        }.joined()
        var servers: [ClickHouseServer] = []
        for (place, ports) in ports.enumerated() {
            let server = try ClickHouseServer(
                ports: ports,
                settings: """
                    <remote_servers><fleet>\(shards)</fleet></remote_servers>
                    <macros><shard>\(place + 1)</shard><replica>a</replica></macros>
                    \(coordination)
                    """)
            try await server.start()
            servers.append(server)
        }
        return servers
    }
}

/// A database of its own on the first server, with our tables, and journals beside it.
struct Store: Sendable {
    let server: ClickHouseServer
    let database: String
    let directory: URL
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    var address: FleetAddress { get throws { try FleetAddress("\(server.url)/\(database)") } }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    func with<Result>(
        _ address: FleetAddress? = nil, as user: String? = nil, timeout: TimeAmount = .seconds(120),
        _ body: (ClickHouseClient) async throws -> Result
    ) async throws -> Result {
        try await ClickHouseClient.with(address ?? self.address, FleetCredentials(user: user), timeout: timeout, body)
    }

    /// Ships a journal as it is.
    @discardableResult
    func ship(_ journal: String, batch: Int = 10_000, to address: FleetAddress? = nil) async throws -> Shipper.Summary {
        try await with(address) { client in
            var settings = Shipper.Settings()
            settings.batch = batch
            settings.tries = 1
            return try await Shipper(journal: path(journal), client: client, settings: settings, logger: logger).run(
                follows: false)
        }
    }

    func text(_ sql: String) async throws -> String {
        try await with { client in
            var answer = RowBinaryReader(try await client.query(sql))
            return try answer.text()
        }
    }

    func number(_ sql: String) async throws -> Int64 {
        try await with { client in
            var answer = RowBinaryReader(try await client.query(sql))
            return try answer.number()
        }
    }

    /// Whether the store holds the journal's transitions, each of them once and with all that it says.
    func holds(_ journals: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        var expected: [String: [ExportedTransition]] = [:]
        for journal in journals {
            let reader = try JournalReader(path: path(journal))
            try reader.export(afterSeq: 0) { transition in
                var transition = transition
                // These stand in tables of their own.
                (transition.configuration, transition.engine) = (nil, nil)
                expected[try reader.journalID(), default: []].append(transition)
            }
        }
        var found: [String: [ExportedTransition]] = [:]
        try await with { client in
            let sql =
                "SELECT \(ExportedTransition.columns.joined(separator: ", ")) FROM transition FINAL ORDER BY journal_id, seq"
            try await FleetReader(client).each(sql) { reader in
                (try reader.text(), try ExportedTransition(&reader))
            } _: { journalID, transition in
                found[journalID, default: []].append(transition)
                return true
            }
        }
        #expect(Set(found.keys) == Set(expected.keys), sourceLocation: sourceLocation)
        for (journalID, transitions) in expected {
            #expect(found[journalID] == transitions, sourceLocation: sourceLocation)
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsClickHouse: Self {
        .enabled("clickhouse-server is not there: tools/test unpacks it") { ClickHouseServer.folder != nil }
    }
}

/// - Parameter isPrepared: false to begin without tables.
func withStore(
    on server: ClickHouseServer? = nil, isPrepared: Bool = true, _ body: (Store) async throws -> Void
) async throws {
    let server = if let server { server } else { try await Servers.shared.servers()[0] }
    let directory = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let store = Store(
        server: server, database: "d" + UUID().uuidString.filter { $0 != "-" }, directory: directory)
    let root = try FleetAddress("\(server.url)/default")
    try await store.with(root) { try await $0.run("CREATE DATABASE \(store.database)") }
    do {
        if isPrepared { try await store.with { try await FleetSchema($0).prepare(cluster: nil) } }
        try await body(store)
    } catch {
        try? await store.with(root) { try await $0.run("DROP DATABASE \(store.database)") }
        throw error
    }
    try? await store.with(root) { try await $0.run("DROP DATABASE \(store.database)") }
}
