import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import ModelLifecycle
import TestSupport
import Testing

@testable import FleetStore

/// A journal gets into the store once and whole, whatever is repeated.
@Suite(.needsClickHouse, .turn(of: "FleetStoreTests")) struct ShippingTests {
    @Test(arguments: [1, 3, 7, 10_000]) func allOfItIsThere(batch: Int) async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 12, seed: batch)
            let reader = try JournalReader(path: store.path("j"))
            let count = Int(try reader.lastSeq())
            let summary = try await store.ship("j", batch: batch)
            #expect(summary.transitions == count && summary.known == 0)
            try await store.holds(["j"])
            #expect(try await store.ship("j").transitions == 0)
            let cursor = try #require(try reader.shipment(to: store.address.description))
            let hash = try reader.chainHash(at: cursor.seq)
            #expect(cursor.seq == Int64(count) && cursor.hash == hash)
            // What comes later comes alone.
            try await store.append(runs: 3, seed: 99, to: store.path("j"))
            #expect(try await store.ship("j").transitions == Int(try reader.lastSeq()) - count)
            try await store.holds(["j"])
            #expect(try await store.number("SELECT toInt64(count()) FROM configuration FINAL") > 0)
            #expect(try await store.number("SELECT toInt64(count()) FROM engine FINAL") == 2)
            #expect(
                try await store.text("SELECT arrayStringConcat(groupArray(json)) FROM configuration").contains("s3cret")
                    == false)
        }
    }

    /// As where whoever shipped was killed before it could say so, or the answer got lost.
    @Test func aBatchThatWasSentTwiceCountsOnce() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 10, seed: 1)
            try FileManager.default.copyItem(atPath: store.path("j"), toPath: store.path("before"))
            try await store.ship("j", batch: 5)
            // The cursor is as before.
            let end = try JournalReader(path: store.path("j")).lastSeq()
            let summary = try await store.ship("before", batch: 4)
            #expect(
                summary.transitions == 0 && summary.known == Int(end))
            // And without a look at what is there: the rows themselves.
            let page = try JournalReader(path: store.path("j")).shipmentPage(after: 0, most: 1000)
            let id = try JournalReader(path: store.path("j")).journalID()
            try await store.with { client in
                for _ in 0..<2 {
                    try await client.insert(
                        "transition", ExportedTransition.columns,
                        ExportedTransition.bytes(page.transitions, of: id).buffer)
                    try await client.insert("run", ShippedRun.columns, ShippedRun.bytes(page.runs, of: id).buffer)
                }
            }
            try await store.holds(["j"])
            #expect(try await store.number("SELECT toInt64(count()) FROM runs") == Int64(page.runs.count))
            #expect(try await store.number("SELECT toInt64(count()) FROM transitions") == Int64(page.transitions.count))
        }
    }

    /// A batch over a month's end goes into two parts of the table, of which only one may have got there.
    @Test(arguments: [[3, 5, 6, 9], [1, 2, 4], [2], [1, 2, 3, 4, 5]]) func holesAreFilled(there: [Int64]) async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 6, seed: 3)
            let reader = try JournalReader(path: store.path("j"))
            let page = try reader.shipmentPage(after: 0, most: 1000)
            let id = try reader.journalID()
            let some = page.transitions.filter { there.contains($0.row.seq) }
            try await store.with { client in
                try await client.insert(
                    "transition", ExportedTransition.columns, ExportedTransition.bytes(some, of: id).buffer)
            }
            try await store.ship("j", batch: 4)
            try await store.holds(["j"])
        }
    }

    /// From the moment in which shipping is wanted, whether the store answers or not.
    @Test func nothingIsPrunedThatAStoreWasNeverAbleToTake() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 20, seed: 1)
            let nobody = try FleetAddress("http://127.0.0.1:1/db")
            await #expect { try await store.ship("j", to: nobody) } throws: {
                ($0 as? FleetError)?.kind == .unavailable
            }
            let pruning = Pruning(path: store.path("j"), before: WallTime(microseconds: .max / 4))
            let extent = try pruning.extent()
            #expect(extent.runs == 0 && extent.unshipped > 0)
            #expect(try JournalVerifier.isWhole(store.path("j")))
            #expect(try ShipmentCursor(path: store.path("j"), store: nobody.description).forget())
            #expect(try pruning.extent().runs == extent.unshipped)
        }
    }

    /// As after a machine's loss of power, or where somebody has made the store anew.
    @Test(arguments: ["seq > 20", "1"]) func aStoreThatHasLostSomeGetsItAgain(lost: String) async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 12, seed: 1)
            try await store.ship("j")
            try await store.with { client in
                for (table, condition) in [("transition", lost), ("run", lost.replacing("seq", with: "last_seq"))] {
                    try await client.run("CREATE TABLE kept_\(table) AS \(table)")
                    try await client.run("INSERT INTO kept_\(table) SELECT * FROM \(table) WHERE NOT (\(condition))")
                    try await client.run("DROP TABLE \(table)")
                    try await client.run("RENAME TABLE kept_\(table) TO \(table)")
                }
            }
            // Whether something new has been recorded or not.
            try await store.ship("j", batch: 7)
            try await store.holds(["j"])
            try await store.append(runs: 2, seed: 2, to: store.path("j"))
            try await store.ship("j")
            try await store.holds(["j"])
            let runs = try JournalReader(path: store.path("j")).runs(ReportFilter()).count
            #expect(try await store.number("SELECT toInt64(count()) FROM runs") == Int64(runs))
        }
    }

    /// A copy that goes on beside the original is another past.
    @Test func aCopyThatWentItsOwnWayIsRefused() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 4, seed: 1)
            try await store.ship("j")
            try FileManager.default.copyItem(atPath: store.path("j"), toPath: store.path("copy"))
            try await store.append(runs: 1, seed: 2, to: store.path("j"))
            try await store.append(runs: 2, seed: 3, to: store.path("copy"))
            try await store.ship("j")
            await #expect {
                try await store.ship("copy")
            } throws: { error in
                (error as? FleetError)?.kind == .diverged && "\(error)".contains("nothing was shipped")
            }
            try await store.holds(["j"])
        }
    }

    @Test func anOlderCopyIsRefused() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 4, seed: 1)
            try await store.ship("j")
            try FileManager.default.copyItem(atPath: store.path("j"), toPath: store.path("backup"))
            try await store.append(runs: 2, seed: 2, to: store.path("j"))
            try await store.ship("j")
            await #expect { try await store.ship("backup") } throws: { ($0 as? FleetError)?.kind == .diverged }
            try await store.holds(["j"])
        }
    }

    @Test func whatWasNotShippedIsNotPruned() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 20, seed: 1)
            try await store.ship("j", batch: 1)
            try await store.append(runs: 20, seed: 2, to: store.path("j"))
            func pruning(keeps: Bool = true) -> Pruning {
                Pruning(path: store.path("j"), before: WallTime(microseconds: .max / 4), keepsUnshipped: keeps)
            }
            let shipped = try #require(try JournalReader(path: store.path("j")).shipment(to: store.address.description))
            let extent = try pruning().extent()
            #expect(extent.unshipped > 0 && extent.runs > 0)
            #expect(try pruning(keeps: false).extent().runs == extent.runs + extent.unshipped)
            let removed = try pruning().perform()
            #expect(removed.runs == extent.runs && removed.unshipped == extent.unshipped)
            let left = try JournalReader(path: store.path("j")).history(ReportFilter()).map(\.seq)
            #expect(left.filter { $0 > shipped.seq } == Array(shipped.seq + 1...(left.last ?? 0)))
            // What was pruned stays in the store, and the rest follows.
            let before = try await store.number("SELECT toInt64(count()) FROM transitions")
            let summary = try await store.ship("j")
            #expect(
                try await store.number("SELECT toInt64(count()) FROM transitions") == before
                    + Int64(summary.transitions))
            _ = try pruning().perform()
            #expect(try await store.ship("j").transitions == 0)
            #expect(try JournalVerifier.isWhole(store.path("j")))
        }
    }

    /// Two stores have a cursor each, and the slower one holds pruning up.
    @Test func eachStoreHasItsOwnCursor() async throws {
        try await withStore { store in
            try await withStore { other in
                try await store.makeJournal("j", runs: 6, seed: 1)
                try await store.ship("j")
                try await store.append(runs: 2, seed: 2, to: store.path("j"))
                try await store.ship("j", to: other.address)
                let reader = try JournalReader(path: store.path("j"))
                let first = try #require(try reader.shipment(to: store.address.description))
                let second = try #require(try reader.shipment(to: other.address.description))
                let end = try reader.lastSeq()
                #expect(first.seq < second.seq && second.seq == end)
            }
        }
    }

    /// Where there are no tables, or those of a later program.
    @Test func aStoreThatIsNoneIsRefused() async throws {
        try await withStore(isPrepared: false) { store in
            try await store.makeJournal("j", runs: 1, seed: 1)
            await #expect { try await store.ship("j") } throws: { ($0 as? FleetError)?.kind == .noSchema }
            let missing = try FleetAddress("\(store.server.url)/no_such_database")
            await #expect { try await store.ship("j", to: missing) } throws: { ($0 as? FleetError)?.kind == .noSchema }
            try await store.with { client in
                try await FleetSchema(client).prepare(cluster: nil)
                try await FleetSchema(client).prepare(cluster: nil)
                try await client.run("INSERT INTO fleet_schema VALUES (2, 'x')")
            }
            await #expect { try await store.ship("j") } throws: {
                ($0 as? FleetError)?.kind == .refused && "\($0)".contains("newer")
            }
        }
    }

    /// Rows that are larger than a batch may be go in smaller ones.
    @Test func largeRowsGoInSmallBatches() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 10, seed: 1)
            let summary = try await store.with { client in
                var settings = Shipper.Settings()
                settings.batchBytes = 4000
                return try await Shipper(
                    journal: store.path("j"), client: client, settings: settings, logger: store.logger
                ).run(follows: false)
            }
            #expect(summary.batches > 3)
            try await store.holds(["j"])
        }
    }

    @Test func theColumnsAreThoseOfTheTables() async throws {
        try await withStore { store in
            for (table, columns) in [
                ("transition", ExportedTransition.columns), ("run", ShippedRun.columns),
                ("engine", ShippedEngine.columns),
                ("configuration", ShippedConfiguration.columns),
            ] {
                let found = try await store.text(
                    """
                    SELECT arrayStringConcat(groupArray(name), ',') FROM system.columns
                    WHERE database = '\(store.database)' AND table = '\(table)'
                    """)
                #expect(found.split(separator: ",").map(String.init).sorted() == columns.sorted(), "\(table)")
            }
        }
    }
}

extension JournalVerifier {
    fileprivate static func isWhole(_ path: String) throws -> Bool {
        try JournalVerifier(JournalReader(path: path)).verify().findings.isEmpty
    }
}
