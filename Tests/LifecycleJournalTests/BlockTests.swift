import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Sums over many transitions at once say what the transitions say.
@Suite(.turn(of: "LifecycleJournalTests")) struct BlockTests {
    /// Eight transitions, two blocks, four levels: a tree that few rows fill.
    private static let small = BlockLayout(leafBits: 3, fanOutBits: 1, top: 3)

    /// Runs of all kinds and lengths, of two models by turns; one that began first ends last.
    private static func fill(_ engine: EngineJournal, rounds: Int, seed: UInt64 = 1) async throws {
        try engine.writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        var long = try await engine.claimDriver("long")
        try await long.reach(.ready)
        var first = try await engine.claimDriver("first", provider: "one")
        var second = try await engine.claimDriver("second", provider: "two")
        let numbers = StartupStatisticsTests.numbers(3 * rounds, seed: seed)
        for round in 0..<rounds {
            first.wall = second.wall
            try await run(&first, kind: numbers[3 * round] % 6, time: numbers[3 * round + 1])
            second.wall = first.wall
            try await run(&second, kind: numbers[3 * round + 2] % 6, time: numbers[3 * round + 1] + 1)
        }
        long.wall = second.wall
        try await long.finish()
        try await second.reach(.warmingUp)
    }

    private static func run(_ driver: inout ModelDriver, kind: Int64, time: Int64) async throws {
        let load = Duration.microseconds(time)
        switch kind {
        case 0: try await driver.succeed(load: load, warmup: nil)
        case 1, 2: try await driver.succeed(load: load, warmup: .microseconds(kind))
        case 3:
            try await driver.start()
            try await driver.fail(.modelLoadFailed, "took \(time)")
        case 4:
            try await driver.start()
            try await driver.move(.loaded, .warmingUp, elapsed: load, version: "v\(time % 2)")
            try await driver.move(.warmupFailed, .error, failure: Failure(.warmupFailed, "x"))
        default:
            try await driver.reach(.loading)
            try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload"))
            try await driver.move(.unloaded, .uninitialized)
        }
    }

    /// Every run once, whatever the sums say.
    private func counted(_ reader: JournalReader, _ filter: ReportFilter, by grouping: StatisticsGrouping = .model)
        throws -> [StartupStatistics]
    {
        var filter = filter
        filter.outcomes = RunOutcome.allCases
        return try reader.statistics(filter, by: grouping)
    }

    /// How many blocks of each level there are.
    private func stored(_ engine: EngineJournal) throws -> [Int] {
        try engine.writer.read { db in
            try Int.fetchAll(db, sql: "SELECT count(*) FROM block GROUP BY level ORDER BY level")
        }
    }

    private func remove(_ engine: EngineJournal, holding seq: Int64) throws {
        try engine.writer.write { db in
            try db.execute(sql: "INSERT INTO pruning (only_row) VALUES (1)")
            try BlockBuilder(db, layout: Self.small).remove(holding: [seq])
            try db.execute(sql: "DELETE FROM pruning")
        }
    }

    private func addUp(_ engine: EngineJournal, fillsGaps: Bool = false) throws {
        while try engine.writer.write({ db in
            try BlockBuilder(db, layout: Self.small).storeNext(fillsGaps: fillsGaps)
        }) {}
    }

    // MARK: - The tree

    /// The sums of a window, as `StartSums` over all its parts.
    private func sums(_ engine: EngineJournal, _ windows: [SummedStarts.Window]) throws -> [[StartGroup: StartSums]] {
        try engine.writer.read { db in
            try windows.map { window in
                try SummedStarts(db, window, layout: Self.small).parts.mapValues { try StartSums(merging: $0) }
            }
        }
    }

    @Test func anyWindowIsWhatItsRunsAddUpTo() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 40)
        try engine.sql("DROP TRIGGER block_is_complete")
        let times: [Int64] = try await engine.writer.read { db in
            try Int64.fetchAll(db, sql: "SELECT started_us FROM run_progress ORDER BY started_us")
        }
        var windows = [
            SummedStarts.Window(), SummedStarts.Window(since: times[20]), SummedStarts.Window(until: times[9]),
        ]
        for place in stride(from: 0, to: times.count - 8, by: 7) {
            windows.append(SummedStarts.Window(since: times[place] + 1, until: times[place + 8]))
        }
        windows.append(SummedStarts.Window(since: times[times.count - 1] + 1))
        windows.append(SummedStarts.Window(since: times[3], groups: { $0.provider == "two" }))

        let before = try sums(engine, windows)
        #expect(before[0].values.reduce(0) { $0 + $1.runs } == times.count - 1, "but for the one in flight")
        #expect(before[windows.count - 2].isEmpty)
        #expect(before[windows.count - 1].keys.allSatisfy { $0.provider == "two" })
        try addUp(engine)
        let full = try stored(engine)
        #expect(full.count == 4)
        let after = try sums(engine, windows)
        for place in windows.indices { #expect(after[place] == before[place], "window \(place)") }

        // And with holes of any size in the tree.
        for seq in [Int64(1), 9, 100, 101, 250] {
            try remove(engine, holding: seq)
            let holed = try sums(engine, windows)
            for place in windows.indices { #expect(holed[place] == before[place], "window \(place) without \(seq)") }
        }
        #expect(try stored(engine) != full)
        try addUp(engine, fillsGaps: true)
        #expect(try stored(engine) == full)
        try engine.close()
    }

    @Test func aTimeLiesWhereTheBlocksSay() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 20)
        try engine.sql("DROP TRIGGER block_is_complete")
        try addUp(engine)
        try await engine.writer.read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT seq, at_us, run, ordinal FROM transition ORDER BY seq")
            for place in stride(from: 0, to: rows.count, by: 5) {
                let (seq, at, run): (Int64, Int64, Int64) = (
                    rows[place]["seq"], rows[place]["at_us"], rows[place]["run"]
                )
                let since = try BlockTimes(db, since: at, until: nil, layout: Self.small)
                #expect(since.after < seq && seq - since.after < 17)
                #expect(rows[place]["ordinal"] as Int64 > 1 || since.afterRun < run)
                #expect(since.upTo == nil && since.upToRun == nil)
                let until = try BlockTimes(db, since: nil, until: at, layout: Self.small)
                let upTo = try #require(until.upTo)
                #expect(upTo >= seq - 1 && upTo - seq < 17 && until.after == 0)
            }
            let first: Int64 = rows[0]["at_us"]
            let nothing = try BlockTimes(db, since: nil, until: first, layout: Self.small)
            #expect(nothing.upTo == 0 && nothing.upToRun == 0)
            #expect(try BlockTimes(db, since: nil, until: nil, layout: Self.small).upTo == nil)
        }
        try engine.close()
    }

    /// A window in time finds the same rows wherever the blocks end, also where the clock has jumped back.
    @Test func filtersByTimeMissNothing() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try engine.writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        var driver = try await engine.claimDriver()
        let begin = driver.wall
        for _ in 0..<450 { try await driver.succeed() }
        driver.wall = begin
        for _ in 0..<450 { try await driver.succeed() }
        let blocks: Int? = try engine.one("SELECT count(*) FROM block")
        #expect(blocks == 2)
        let reader = try sandbox.reader()
        let (history, runs) = (try reader.history(ReportFilter()), try reader.runs(ReportFilter()))
        for (since, until) in [(Int64(0), Int64(10)), (500, 530), (1900, 2100), (2240, 2400), (4000, 5000)] {
            var filter = ReportFilter()
            filter.since = WallTime(microseconds: begin.microseconds + since * 1_000_000)
            filter.until = WallTime(microseconds: begin.microseconds + until * 1_000_000)
            let range = try #require(filter.since)..<(try #require(filter.until))
            #expect(try reader.history(filter) == history.filter { range.contains($0.at) })
            #expect(try reader.runs(filter) == runs.filter { range.contains($0.startedAt) })
            let count = try reader.statistics(filter).first?.runs ?? 0
            #expect(count == runs.count { range.contains($0.startedAt) })
        }
        try engine.close()
    }

    // MARK: - In a journal

    @Test func statisticsAreTheSameFromSumsAndFromRuns() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var lost = try await dead.claimDriver("lost")
        try await lost.reach(.ready)
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 620)
        dead.die()
        #expect(try engine.one("SELECT count(*) FROM block") == 2)
        let reader = try sandbox.reader()
        let times = try reader.runs(ReportFilter()).map(\.startedAt)
        var filters = [ReportFilter(), ReportFilter(), ReportFilter(), ReportFilter(), ReportFilter()]
        filters[1].models = ["first", "lost"]
        filters[2].providers = ["two"]
        filters[3].since = times[200]
        filters[3].until = times[900]
        filters[4].since = times[700]
        for filter in filters {
            for grouping in StatisticsGrouping.allCases {
                let found = try reader.statistics(filter, by: grouping)
                let expected = try counted(reader, filter, by: grouping)
                #expect(found == expected)
                #expect(!found.isEmpty)
            }
        }
        let interrupted = try #require(try reader.statistics(ReportFilter()).first { $0.model == "lost" })
        #expect(interrupted.interrupted == 1 && interrupted.failures.first?.reason == "Interrupted")
        #expect(interrupted.failures.first?.lastMessage?.contains("ended while READY") == true)
        try engine.close()
    }

    private static let changes = [
        "UPDATE start_summary SET runs = runs + 1 WHERE rowid = 1",
        "UPDATE start_summary SET failed = failed + 1 WHERE rowid = 1",
        "UPDATE start_summary SET version = 'x' WHERE version IS NULL",
        "UPDATE start_summary SET last_started_us = last_started_us + 1",
        "UPDATE start_summary SET load = NULL",
        "UPDATE start_summary SET load = x'00'",
        "UPDATE start_summary SET startup = warmup",
        "UPDATE start_summary SET failures = NULL WHERE failures IS NOT NULL",
        "UPDATE start_summary SET number = 1 WHERE rowid = 1",
        "DELETE FROM start_summary WHERE rowid = 2",
        "INSERT INTO start_summary SELECT * FROM start_summary WHERE rowid = 1",
        "UPDATE block SET first_us = first_us + 1",
        "UPDATE block SET last_run = last_run + 1",
        "UPDATE block SET last_us = NULL",
        "UPDATE block SET number = 4",
        "DELETE FROM block",
    ]

    @Test func verifyComputesThemAnew() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 300)
        #expect(try engine.one("SELECT count(*) FROM block") == 1)
        try engine.close()
        let whole = try JournalVerifier(sandbox.reader()).verify()
        #expect(whole.isWhole, "\(whole.findings)")
        for change in Self.changes {
            let copy = try Sandbox()
            try JournalBackup(sandbox.reader()).write(to: copy.journal)
            try VerificationTests.withoutTriggers(copy.journal, change)
            let verification = try JournalVerifier(copy.reader()).verify()
            #expect(verification.findings.contains { $0.kind == .derived }, "\(change): \(verification.findings)")
            // The sums may be wrong, but nothing ends the program.
            _ = try? copy.reader().statistics(ReportFilter())
        }
    }

    @Test func theDatabaseRefusesSumsOfWhatIsStillToCome() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 300)
        func refused(_ sql: String) {
            #expect(throws: DatabaseError.self, "\(sql)") { try engine.sql(sql) }
        }
        refused("INSERT INTO block (level, number) VALUES (0, 5)")
        refused("INSERT INTO block (level, number) VALUES (1, 0)")
        refused("INSERT OR REPLACE INTO block (level, number) VALUES (0, 0)")
        refused("UPDATE block SET last_us = last_us + 1")
        refused("DELETE FROM block")
        refused("UPDATE start_summary SET runs = 9")
        refused("DELETE FROM start_summary")
        refused("INSERT INTO start_summary SELECT * FROM start_summary LIMIT 1")
        try engine.close()
    }

    @Test func pruningLeavesTheSumsOfWhatIsLeft() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 620)
        let middle = try #require(try sandbox.reader().runs(ReportFilter()).dropFirst(800).first).startedAt
        let removed = try Pruning(path: sandbox.journal, before: middle).perform()
        #expect(removed.runs > 500)
        #expect(try engine.one("SELECT count(*) FROM block") == 2)
        let reader = try sandbox.reader()
        let expected = try counted(reader, ReportFilter())
        #expect(try reader.statistics(ReportFilter()) == expected)
        let verification = try JournalVerifier(reader).verify()
        #expect(verification.isWhole, "\(verification.findings)")
        try engine.close()
    }

    /// An import and a recovery have them at once.
    @Test func copiesHaveThemToo() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try await Self.fill(engine, rounds: 300)
        try engine.close()
        let recovered = sandbox.directory + "/recovered.sqlite"
        _ = try JournalSalvage(sandbox.journal).write(to: recovered)
        let blocks = try JournalReader(path: recovered).read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM block")
        }
        #expect(blocks == 1)
    }
}
