import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import ModelLifecycle
import TestSupport
import Testing

@testable import FleetStore

/// Two shards: a journal's rows are all on one of them, and each server answers for all.
@Suite(.needsClickHouse, .needsZooKeeper, .turn(of: "FleetStoreTests")) struct ClusterTests {
    private func withCluster(_ body: (Store, Store) async throws -> Void) async throws {
        let servers = try await Servers.shared.servers()
        try await withStore(on: servers[0], isPrepared: false) { store in
            let second = Store(server: servers[1], database: store.database, directory: store.directory)
            try await store.with(FleetAddress("\(servers[1].url)/default")) {
                try await $0.run("CREATE DATABASE \(store.database)")
            }
            do {
                // Twice does no harm.
                for _ in 0..<2 { try await store.with { try await FleetSchema($0).prepare(cluster: "fleet") } }
                try await body(store, second)
            } catch {
                try? await second.with { try await $0.run("DROP DATABASE \(store.database)") }
                throw error
            }
            try? await second.with { try await $0.run("DROP DATABASE \(store.database)") }
        }
    }

    @Test func aJournalIsOnOneShardAndEachServerAnswersForAll() async throws {
        try await withCluster { one, other in
            let names = (0..<8).map { "j\($0)" }
            for (place, name) in names.enumerated() {
                try await one.makeJournal(name, runs: 8, seed: place, host: "host-\(place)")
                // Through either server.
                try await (place.isMultiple(of: 2) ? one : other).ship(name, batch: 10)
            }
            try await one.holds(names)
            try await other.holds(names)
            let counts = try await (
                one.number("SELECT toInt64(uniqExact(journal_id)) FROM transition_local"),
                other.number("SELECT toInt64(uniqExact(journal_id)) FROM transition_local")
            )
            #expect(counts.0 > 0 && counts.1 > 0 && counts.0 + counts.1 == 8, "\(counts)")
            var filter = ReportFilter()
            let wanted = try names.flatMap { try JournalReader(path: one.path($0)).runs(filter) }
            let places = Set(wanted.map { [$0.host, $0.model] }).count
            for store in [one, other] {
                try await store.with { client in
                    let fleet = FleetReader(client)
                    #expect(try await Set(fleet.runs(ReportFilter()).map(\.runID)) == Set(wanted.map(\.runID)))
                    for grouping in StatisticsGrouping.allCases {
                        let counted = try await StartupStatistics.counting(by: grouping) { count in
                            for run in wanted.sorted(by: { $0.startedAt.microseconds < $1.startedAt.microseconds }) {
                                try count(run)
                            }
                        }
                        #expect(try await fleet.statistics(ReportFilter(), by: grouping) == counted)
                    }
                    #expect(try await fleet.status(models: []).count == places)
                    #expect(try await fleet.story(.prefix(wanted[3].runID)).run.runID == wanted[3].runID)
                    #expect(try await fleet.postmortem(nil, models: []) != nil)
                }
                #expect(try await store.number("SELECT toInt64(sum(runs)) FROM startup_stats") == Int64(wanted.count))
                #expect(try await store.number("SELECT toInt64(count()) FROM current_states") == Int64(places))
            }
            filter.outcomes = [.failed]
            let failed = try names.flatMap { try JournalReader(path: one.path($0)).history(filter) }
            try await other.with { client in
                let rows = try await FleetReader(client).history(filter, most: 10_000)
                #expect(Set(rows ?? []) == Set(failed))
            }
        }
    }

    @Test func aBatchThatWasSentTwiceCountsOnceOnEachShard() async throws {
        try await withCluster { one, other in
            for (place, name) in ["a", "b", "c"].enumerated() {
                try await one.makeJournal(name, runs: 6, seed: place)
                let page = try JournalReader(path: one.path(name)).shipmentPage(after: 0, most: 1000)
                let id = try JournalReader(path: one.path(name)).journalID()
                let rows = ExportedTransition.bytes(page.transitions, of: id).buffer
                for store in [one, other] {
                    try await store.with { try await $0.insert("transition", ExportedTransition.columns, rows) }
                }
                try await one.ship(name)
            }
            try await one.holds(["a", "b", "c"])
            try await other.holds(["a", "b", "c"])
        }
    }

    @Test(arguments: ["no_such_cluster", "x; DROP", ""]) func aWrongClusterIsSaid(name: String) async throws {
        try await withStore(isPrepared: false) { store in
            await #expect {
                try await store.with { try await FleetSchema($0).prepare(cluster: name) }
            } throws: { error in
                [FleetError.Kind.usage, .refused].contains((error as? FleetError)?.kind)
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsZooKeeper: Self {
        .enabled("zookeeper is not there: tools/test installs libzookeeper-java") { ZooKeeperServer.libraries != nil }
    }
}
