package import JournalMigrations

/// The tables of a store.
package struct FleetSchema: Sendable {
    private let client: ClickHouseClient

    package init(_ client: ClickHouseClient) { self.client = client }

    package static var version: Int { FleetMigrations.all.count }

    /// - Throws: `FleetError` where the tables are missing, or are those of a later program.
    package func check() async throws {
        var answer = RowBinaryReader(try await client.query("SELECT toInt64(max(version)) FROM fleet_schema"))
        let found = try answer.int()
        guard answer.isAtEnd else { throw FleetError(.damaged, "\(client.address): no answer of ClickHouse") }
        if found > Self.version {
            throw FleetError(
                .refused,
                "\(client.address): the tables are of a newer modeljournal (version \(found)); update this one")
        }
        if found < Self.version {
            throw FleetError(
                .noSchema, "\(client.address): the tables are not complete; `modeljournal ship --prepare` makes them")
        }
    }

    /// Makes what is missing. Nothing that is there changes.
    /// - Parameter cluster: on all of whose servers; nil for this one.
    /// - Throws: `FleetError`.
    package func prepare(cluster: String?) async throws {
        if let cluster, !FleetAddress.isName(cluster) {
            throw FleetError(.usage, "a cluster has letters, digits and _ in its name")
        }
        for statement in Self.statements(database: client.address.database, cluster: cluster) {
            try await client.run(statement)
        }
        var rows = RowBinaryWriter()
        for (place, migration) in FleetMigrations.all.enumerated() {
            rows.add(unsigned32: place + 1)
            rows.add(migration.name)
        }
        try await client.insert("fleet_schema", ["version", "name"], rows.buffer)
    }

    /// In their order.
    package static func statements(
        database: String, cluster: String?, migrations: [FleetMigrations.Migration] = FleetMigrations.all
    ) -> [String] {
        migrations.flatMap { migration -> [String] in
            let tables = split(migration.tables)
            let place = cluster.map { "ON CLUSTER \($0)" } ?? ""
            return (cluster.map { cluster in tables.flatMap { distributed($0, on: cluster) } } ?? tables)
                + split(migration.views.replacing("/* ON CLUSTER */", with: place))
        }.map { $0.replacing("{database}", with: database) }
    }

    /// A table of one server as the two that a cluster has in its place; a change of it, as one of both.
    private static func distributed(_ table: String, on cluster: String) -> [String] {
        let change = #/ALTER TABLE (\w+) /#
        if let name = table.firstMatch(of: change)?.1 {
            return ["\(name)_local", "\(name)"].map { name in
                table.replacing(change) { _ in "ALTER TABLE \(name) ON CLUSTER \(cluster) " }
            }
        }
        let head = /CREATE TABLE IF NOT EXISTS (\w+) \(/
        let engine = /ENGINE = ReplacingMergeTree\((\w*)\)/
        guard let name = table.firstMatch(of: head)?.1, let version = table.firstMatch(of: engine)?.1,
            let key = table.firstMatch(of: /\/\* SHARD BY (.+) \*\//)?.1
        else { preconditionFailure("a table of the store is not as the program needs it: \(table)") }
        let replica = "'/clickhouse/tables/{shard}/{database}/\(name)', '{replica}'"
        let arguments = version.isEmpty ? replica : "\(replica), \(version)"
        return [
            table.replacing(head) { _ in "CREATE TABLE IF NOT EXISTS \(name)_local ON CLUSTER \(cluster) (" }
                .replacing(engine) { _ in "ENGINE = ReplicatedReplacingMergeTree(\(arguments))" },
            """
            CREATE TABLE IF NOT EXISTS \(name) ON CLUSTER \(cluster) AS {database}.\(name)_local
            ENGINE = Distributed(\(cluster), {database}, \(name)_local, \(key))
            """,
        ]
    }

    private static func split(_ sql: String) -> [String] {
        let code = sql.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("--") }.joined(separator: "\n")
        return code.replacing(";\n", with: ";").split(separator: ";").map(String.init)
    }
}
