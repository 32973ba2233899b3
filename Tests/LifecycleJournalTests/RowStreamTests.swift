import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Lists are read a page at a time, and say the same as if they had been read at once.
@Suite(.turn(of: "LifecycleJournalTests")) struct RowStreamTests {
    /// More rows than pages hold, of three models; one run lasts through all others.
    private static func filled() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try engine.writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        var long = try await engine.claimDriver("long")
        try await long.reach(.ready)
        var first = try await engine.claimDriver("first")
        var second = try await engine.claimDriver("second")
        for _ in 0..<460 {
            try await first.succeed()
            try await second.succeed()
        }
        try await long.finish()
        try engine.close()
        return sandbox
    }

    private static func filter(_ change: (inout ReportFilter) -> Void) -> ReportFilter {
        var filter = ReportFilter()
        change(&filter)
        return filter
    }

    static let filters: [(String, ReportFilter)] = [
        ("all", filter { _ in }),
        ("newest first", filter { $0.reverse = true }),
        ("the last of many", filter { $0.lines = 4100 }),
        ("the last of many, newest first", filter { ($0.lines, $0.reverse) = (4100, true) }),
        ("more than there are", filter { $0.lines = 100_000 }),
        ("none", filter { $0.lines = 0 }),
        ("one model", filter { $0.models = ["first"] }),
        ("two models", filter { $0.models = ["second", "first"] }),
        ("two models, newest first", filter { ($0.models, $0.reverse, $0.lines) = (["long", "first"], true, 2200) }),
        ("two models, the last", filter { ($0.models, $0.lines) = (["long", "first"], 2200) }),
        ("one state", filter { $0.states = [.ready, .uninitialized] }),
        ("the last of a rare model", filter { ($0.models, $0.lines) = (["long"], 3) }),
    ]

    /// What a filter leaves, by its definition.
    private func expected(_ rows: [TransitionRow], _ filter: ReportFilter) -> [TransitionRow] {
        let left = rows.filter { row in
            (filter.models.isEmpty || filter.models.contains(row.model))
                && (filter.states.isEmpty || filter.states.contains { row.to == $0 })
        }.suffix(filter.lines ?? .max)
        return filter.reverse ? left.reversed() : Array(left)
    }

    @Test(.takesLong) func everyWayToReadThemGivesTheSameRows() async throws {
        let sandbox = try await Self.filled()
        let reader = try sandbox.reader()
        let all = try reader.read { db in
            try LifecycleJournal.Row.fetchAll(db, sql: "SELECT * FROM transition_rows ORDER BY seq")
                .map(TransitionRow.init(row:))
        }
        #expect(all.count == 4605)
        for (name, filter) in Self.filters {
            let expected = expected(all, filter)
            #expect(try reader.history(filter) == expected, "\(name)")
            var streamed: [TransitionRow] = []
            try reader.eachTransition(filter) { streamed.append($0) }
            #expect(streamed == expected, "\(name), streamed")
            #expect(try reader.history(filter, most: expected.count) == expected, "\(name), just so many")
            if !expected.isEmpty { #expect(try reader.history(filter, most: expected.count - 1) == nil, "\(name)") }

            var runs: [[TransitionRow]] = []
            try reader.eachRunsHistory(filter) { rows, _ in runs.append(rows) }
            #expect(runs.allSatisfy { Set($0.map(\.runID)).count == 1 }, "\(name)")
            #expect(Set(runs.map { $0[0].runID }).count == runs.count, "\(name): a run comes once")
            #expect(runs.flatMap { $0 }.sorted { $0.seq < $1.seq } == expected.sorted { $0.seq < $1.seq }, "\(name)")
        }
    }

    @Test func runsAreReadTheSameWay() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        try engine.writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        var driver = try await engine.claimDriver()
        for _ in 0..<2100 {
            try await driver.start()
            try await driver.fail()
        }
        try await driver.reach(.loading)
        engine.die()
        let reader = try sandbox.reader()
        let all = try reader.runs(ReportFilter())
        #expect(all.count == 2101 && all.last?.outcome == "interrupted")
        #expect(all.map(\.id) == all.map(\.id).sorted())
        for (lines, reverse) in [(nil, false), (nil, true), (2050, false), (2050, true), (7, false)] as [(Int?, Bool)] {
            var filter = ReportFilter()
            (filter.lines, filter.reverse) = (lines, reverse)
            let expected = reverse ? Array(all.reversed().prefix(lines ?? .max)) : Array(all.suffix(lines ?? .max))
            #expect(try reader.runs(filter) == expected)
            var streamed: [RunRow] = []
            try reader.eachRun(filter) { streamed.append($0) }
            #expect(streamed == expected)
        }
        #expect(try reader.runs(ReportFilter(), most: 2100) == nil)
    }

    @Test func anUnknownNameIsAnErrorAlsoWhereNoRowIsWanted() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        var filter = ReportFilter()
        (filter.models, filter.lines) = (["en-ux"], 0)
        #expect(throws: JournalError.self) { try sandbox.reader().history(filter) }
    }
}
