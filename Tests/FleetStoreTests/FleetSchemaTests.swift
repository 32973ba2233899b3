import JournalCare
import LifecycleJournal
import TestSupport
import Testing

@testable import FleetStore
@testable import JournalMigrations

/// The store's tables are what the list of a transition's columns says, on one server and on a cluster.
@Suite(.turn(of: "FleetStoreTests")) struct FleetSchemaTests {
    private func columns(_ statement: String) -> Set<String> {
        let lines = statement.split(separator: "\n").map { $0.drop { $0 == " " } }
        return Set(lines.dropFirst().prefix { !$0.hasPrefix(")") }.map { String($0.last == "," ? $0.dropLast() : $0) })
    }

    @Test func theTableOfTransitionsHasTheirColumns() throws {
        let statements = FleetSchema.statements(database: "d", cluster: nil)
        let table = try #require(statements.first { $0.contains("CREATE TABLE IF NOT EXISTS transition (") })
        let named: Set = [
            "journal_id String", "hash String", "model String", "provider String", "run_id String", "attempt Int64",
            "correlation_id String", "wanted Nullable(String)", "engine_id String", "pid Int64", "host String",
            "warmup_us Array(Int64)", "warmup_errors Array(String)",
        ]
        let own = TransitionColumn.exported.map { "\($0.name) \($0.clickHouseType)" }
        // With those that came later.
        let change = /ALTER TABLE transition ADD COLUMN IF NOT EXISTS (.+)/
        let all = columns(table).union(statements.compactMap { $0.firstMatch(of: change).map { String($0.1) } })
        #expect(all == named.union(own))
        #expect(Set(ExportedTransition.columns) == Set(all.map { String($0.prefix { $0 != " " }) }))
    }

    /// What `ship --prepare --cluster` makes, word for word as ever: the tables of a store that is there must not be others.
    @Test func aClusterHasTwoTablesForEach() throws {
        let single = FleetSchema.statements(database: "d", cluster: nil)
        let cluster = FleetSchema.statements(database: "d", cluster: "c")
        let tables = single.filter { $0.contains("CREATE TABLE") }
        #expect(tables.count == 5 && cluster.filter { $0.contains("CREATE TABLE") }.count == 10)
        for table in tables {
            let name = try #require(table.firstMatch(of: /CREATE TABLE IF NOT EXISTS (\w+)/)?.1)
            let local = try #require(cluster.first { $0.contains("IF NOT EXISTS \(name)_local ON CLUSTER c (") })
            #expect(columns(local) == columns(table))
        }
        let run = try #require(cluster.first { $0.contains("IF NOT EXISTS run_local ON") })
        #expect(
            run.contains(
                "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/d/run', '{replica}', last_seq)"))
        #expect(
            cluster.contains {
                $0.contains("ENGINE = Distributed(c, d, transition_local, cityHash64(journal_id))")
                    && $0.contains("CREATE TABLE IF NOT EXISTS transition ON CLUSTER c AS d.transition_local")
            })
        #expect(cluster.contains { $0.contains("Distributed(c, d, fleet_schema_local, 1)") })
        #expect(!cluster.joined().contains("{database}"))
    }

    /// A later column is one more statement for both tables of a cluster.
    @Test func aChangeOfATableIsOneOfBoth() {
        let migration = FleetMigrations.Migration(
            name: "later", tables: "ALTER TABLE transition ADD COLUMN IF NOT EXISTS load Nullable(Int64);\n", views: "")
        #expect(
            FleetSchema.statements(database: "d", cluster: "c", migrations: [migration]) == [
                "ALTER TABLE transition_local ON CLUSTER c ADD COLUMN IF NOT EXISTS load Nullable(Int64)",
                "ALTER TABLE transition ON CLUSTER c ADD COLUMN IF NOT EXISTS load Nullable(Int64)",
            ])
    }
}
