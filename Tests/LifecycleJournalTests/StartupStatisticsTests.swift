import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct StartupStatisticsTests {
    /// Nearest rank by its definition: the smallest value that at least p percent do not exceed.
    static func nearestRank(_ values: [Int64], _ percent: Int) -> Int64? {
        values.sorted().first { value in values.filter { $0 <= value }.count * 100 >= percent * values.count }
    }

    /// Numbers that a test can repeat.
    static func numbers(_ count: Int, seed: UInt64) -> [Int64] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % 5000
        }
    }

    @Test func percentilesAreNearestRank() throws {
        for count in [1, 2, 3, 4, 9, 10, 11, 19, 20, 21, 99, 100, 101, 199, 200] {
            let values = Self.numbers(count, seed: UInt64(count))
            let statistics = try #require(DurationStatistics(values))
            #expect(statistics.count == count)
            #expect(statistics.min == values.min())
            #expect(statistics.max == values.max())
            for (percent, value) in [
                (50, statistics.p50), (90, statistics.p90), (95, statistics.p95), (99, statistics.p99),
            ] {
                #expect(value == Self.nearestRank(values, percent), "p\(percent) of \(count)")
            }
            #expect(abs(statistics.mean - Double(values.reduce(0, +)) / Double(count)) < 1e-6)
        }
        #expect(DurationStatistics([]) == nil)
    }

    @Test(arguments: [1, 2, 10, 21, 40])
    func theViewGivesTheSamePercentiles(count: Int) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let loads = Self.numbers(count, seed: 7)
        let warmups = Self.numbers(count, seed: 8)
        var driver = try await engine.claimDriver()
        for (load, warmup) in zip(loads, warmups) {
            try await driver.succeed(load: .microseconds(load), warmup: .microseconds(warmup))
        }
        let startups = zip(loads, warmups).map { $0 + $1 }
        let reported = try #require(try sandbox.reader().statistics(ReportFilter()).first)
        #expect(reported.load == DurationStatistics(loads))
        #expect(reported.warmup == DurationStatistics(warmups))
        #expect(reported.startup == DurationStatistics(startups))
        for (phase, values) in [("load", loads), ("warmup", warmups), ("startup", startups)] {
            let expected = try #require(DurationStatistics(values))
            let view = try await engine.writer.read { db -> [Double] in
                let row = try Row.fetchOne(db, sql: "SELECT * FROM startup_stats")
                return ["count", "min", "p50", "p90", "p95", "p99", "max", "mean"].map {
                    row?["\(phase)_ms_\($0)"] ?? -1
                }
            }
            let times = [expected.min, expected.p50, expected.p90, expected.p95, expected.p99, expected.max]
            #expect(view.first == Double(count))
            #expect(Array(view[1...6]) == times.map { Double($0) / 1000 }, "\(phase)")
            #expect(abs(view[7] - expected.mean / 1000) < 1e-6)
        }
    }

    /// Whole runs of every kind, of several models and providers, drawn from a seed.
    @Test(arguments: [UInt64(1), 2, 3])
    func theViewSaysWhatTheReportSays(seed: UInt64) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        for (model, provider) in [("a", "first"), ("a", "second"), ("b", "first")] {
            var driver = try await engine.claimDriver(model, provider: provider)
            let draws = Self.numbers(60, seed: seed &* 31 &+ UInt64(model.utf8.count + provider.utf8.count))
            for (kind, time) in zip(draws, draws.dropFirst()) {
                let load = Duration.microseconds(time)
                switch kind % 6 {
                case 0: try await driver.succeed(load: load, warmup: nil)
                case 1, 2: try await driver.succeed(load: load, warmup: .microseconds(kind))
                case 3:
                    try await driver.start()
                    try await driver.fail()
                case 4:
                    try await driver.start()
                    try await driver.move(.loaded, .warmingUp, elapsed: load)
                    try await driver.move(.warmupFailed, .error, failure: Failure(.warmupFailed, "x"))
                default:
                    try await driver.reach(.loading)
                    try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload"))
                    try await driver.move(.unloaded, .uninitialized)
                }
            }
            if driver.state == .error { try await driver.move(.unload, .unloading) }
            if driver.state == .unloading { try await driver.move(.unloaded, .uninitialized) }
            try await engine.release(model: model)
        }
        let groups = try sandbox.reader().statistics(ReportFilter())
        let rows = try sandbox.reader().read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM startup_stats ORDER BY model, provider")
        }
        #expect(groups.count == 3 && rows.count == 3)
        for (group, row) in zip(groups, rows) {
            #expect(row["model"] == group.model && row["provider"] == group.provider)
            let counts = ["runs", "reached_ready", "failed", "cancelled", "interrupted"].map { row[$0] as Int }
            #expect(counts == [group.runs, group.reachedReady, group.failed, group.cancelled, group.interrupted])
            let rate: Double = row["success_rate"]
            #expect(abs(rate - (group.successRate ?? -1)) < 1e-9)
            for (phase, figures) in [("load", group.load), ("warmup", group.warmup), ("startup", group.startup)] {
                let expected = try #require(figures)
                let times = [expected.min, expected.p50, expected.p90, expected.p95, expected.p99, expected.max]
                let view = ["min", "p50", "p90", "p95", "p99", "max"].map { row["\(phase)_ms_\($0)"] as Double }
                #expect(view == times.map { Double($0) / 1000 }, "\(group.model) \(phase)")
                #expect(row["\(phase)_ms_count"] == expected.count)
                let mean: Double = row["\(phase)_ms_mean"]
                #expect(abs(mean - expected.mean / 1000) < 1e-6)
            }
        }
    }

    /// Two of each kind, for one model with one provider.
    static func mixed(_ driver: inout ModelDriver) async throws {
        for message in ["first", "second"] {
            try await driver.succeed()
            try await driver.start()
            try await driver.fail(.modelLoadFailed, message)
            try await driver.reach(.warmingUp)
            try await driver.move(.deadline, .error, failure: Failure(.startupTimeout, message))
            try await driver.reach(.loading)
            try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload"))
            try await driver.move(.unloaded, .uninitialized)
            try await driver.reach(.ready)
            try await driver.move(.providerExited, .error, failure: Failure(.processExited, message))
            try await driver.start()
            try await driver.move(.recovered, .error, elapsed: nil, failure: Failure(.interrupted, message))
        }
    }

    @Test(.needsSQLiteProgram) func runsAreCountedByTheirEnd() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await Self.mixed(&driver)
        try await driver.reach(.loading)
        let all = try sandbox.reader().statistics(ReportFilter())
        #expect(all.count == 1)
        let statistics = try #require(all.first)
        #expect(statistics.runs == 13)
        #expect(statistics.reachedReady == 4)
        #expect(statistics.failed == 6)
        #expect(statistics.cancelled == 2)
        #expect(statistics.interrupted == 2)
        // Of the starts that ended by themselves, 4 reached READY and 6 did not; a run that crashed
        // after READY had started well.
        #expect(statistics.successRate == 0.4)
        #expect(statistics.load?.count == 6)
        #expect(statistics.warmup?.count == 4)
        #expect(statistics.startup?.count == 4)
        #expect(
            try sqlite3(
                sandbox.journal,
                "SELECT runs, reached_ready, failed, cancelled, interrupted, success_rate FROM startup_stats"
            ).output == "13|4|6|2|2|0.4\n")
    }

    @Test func failuresAreCountedByReasonWithTheLastMessage() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await Self.mixed(&driver)
        try await driver.start()
        try await driver.fail(.modelLoadFailed, "third")
        let failures = try #require(try sandbox.reader().statistics(ReportFilter()).first).failures
        #expect(failures.map(\.reason) == ["ModelLoadFailed", "Interrupted", "ProcessExited", "StartupTimeout"])
        #expect(failures.map(\.count) == [3, 2, 2, 2])
        #expect(failures.map(\.lastMessage) == ["third", "second", "second", "second"])
        #expect(failures[0].lastAt.microseconds == driver.wall.microseconds - 1_000_000)
    }

    @Test func eachModelAndProviderIsAGroup() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        for (model, provider) in [("b", "x"), ("a", "y")] {
            var driver = try await engine.claimDriver(model, provider: provider)
            try await driver.succeed()
        }
        try engine.close()
        let other = try sandbox.engine()
        var driver = try await other.claimDriver("a", provider: "x")
        try await driver.succeed()
        let groups = try sandbox.reader().statistics(ReportFilter())
        #expect(groups.map { $0.model + $0.provider } == ["ax", "ay", "bx"])
        var filter = ReportFilter()
        filter.providers = ["x"]
        #expect(try sandbox.reader().statistics(filter).map(\.model) == ["a", "b"])
    }

    @Test func expectationsLookAtTheModelsOwnPast() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var mine = try await engine.claimDriver("mine")
        var other = try await engine.claimDriver("other")
        try await other.succeed(load: .seconds(100))
        for load in [10, 20, 30] { try await mine.succeed(load: .milliseconds(load), warmup: .milliseconds(5)) }
        let configuration = RunConfiguration(model: "mine", provider: "scripted")
        let expectation = try sandbox.reader().expectation(of: configuration)
        #expect(expectation.load?.p50 == 20_000)
        #expect(expectation.phase(.loading) == expectation.load)
        #expect(expectation.phase(.warmingUp)?.p99 == 5000)
        #expect(expectation.phase(.ready) == nil)
        let unknown = RunConfiguration(model: "unknown", provider: "scripted")
        #expect(try sandbox.reader().expectation(of: unknown) == PhaseExpectation())
    }

    @Test func aWarmupIsJudgedByThoseThatDidTheSameWork() async throws {
        let sandbox = try Sandbox()
        var configuration = RunConfiguration(model: "en-us", provider: "scripted")
        func succeed(_ level: WarmupConfiguration.Level, warmup: Duration) async throws {
            configuration.warmup.level = level
            let engine = try sandbox.engine()
            var driver = try await engine.claimDriver(configuration)
            try await driver.succeed(load: .milliseconds(10), warmup: warmup)
            try engine.close()
        }
        for _ in 0..<3 { try await succeed(.single, warmup: .milliseconds(5)) }
        try await succeed(.full, warmup: .milliseconds(25))
        let full = try sandbox.reader().expectation(of: configuration)
        #expect(full.load?.count == 4 && full.warmup?.count == 1 && full.warmup?.p50 == 25_000)
        configuration.warmup.level = .single
        // What may go wrong, and when, is no matter of the work.
        (configuration.warmup.timeout, configuration.warmup.policy) = (.seconds(3), .warn)
        #expect(try sandbox.reader().expectation(of: configuration).warmup?.p99 == 5000)
        configuration.warmup.audioDuration = .seconds(10)
        let longer = try sandbox.reader().expectation(of: configuration)
        #expect(longer.load?.count == 4 && longer.warmup == nil)
    }
}
