import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle
import NIOCore
import TestSupport
import Testing

@testable import FleetStore

/// What the store answers is what the journals answer.
@Suite(.needsClickHouse, .turn(of: "FleetStoreTests")) struct ReportTests {
    /// Three machines, and a batch that was sent twice.
    private func withFleet(_ body: (Store, FleetReader, [JournalReader]) async throws -> Void) async throws {
        try await withStore { store in
            let names = ["a", "b", "c"]
            for (place, name) in names.enumerated() {
                try await store.makeJournal(name, runs: 30, seed: 40 + place, host: "host-\(place % 2)")
                try FileManager.default.copyItem(atPath: store.path(name), toPath: store.path(name + ".again"))
                try await store.ship(name)
            }
            let readers = try names.map { try JournalReader(path: store.path($0)) }
            let page = try readers[0].shipmentPage(after: 0, most: 50)
            let id = try readers[0].journalID()
            try await store.with { client in
                try await client.insert("run", ShippedRun.columns, ShippedRun.bytes(page.runs, of: id).buffer)
            }
            // Whoever asks needs no right to change anything.
            try await store.with(as: "reader") { try await body(store, FleetReader($0), readers) }
        }
    }

    private static let filters: [@Sendable (inout ReportFilter) -> Void] = [
        { _ in }, { $0.models = ["it's \\ \"x\""] }, { $0.providers = ["server"] },
        { $0.since = WallTime(microseconds: 1_790_000_200_000_000) },
        { ($0.until, $0.models) = (WallTime(microseconds: 1_790_000_200_000_000), ["日本語", "en-us"]) },
        { $0.outcomes = [.failed] }, { $0.reasons = [.warmupFailed] }, { $0.grep = "no .*answer" },
        { $0.states = [.uninitialized] }, { $0.lines = 7 }, { ($0.lines, $0.reverse) = (9, true) }, { $0.lines = 0 },
        { $0.grep = "'1'" }, { ($0.outcomes, $0.reasons) = ([.interrupted], [.modelLoadFailed]) },
    ]

    /// The same runs, in the order of the fleet.
    private func expected(_ filter: ReportFilter, _ readers: [JournalReader]) throws -> [RunRow] {
        var all = filter
        (all.lines, all.reverse) = (nil, false)
        var runs = try readers.flatMap { reader in
            try reader.runs(all).map { (try reader.journalID(), $0) }
        }.sorted { ($0.1.startedAt.microseconds, $0.0, $0.1.id) < ($1.1.startedAt.microseconds, $1.0, $1.1.id) }.map(
            \.1)
        if let lines = filter.lines { runs = runs.suffix(lines) }
        return filter.reverse ? runs.reversed() : runs
    }

    /// But for the number, which is a journal's own.
    private func comparable(_ runs: [RunRow]) -> [RunRow] {
        runs.map { run in
            var run = run
            run.id = 0
            return run
        }
    }

    /// Whatever way is taken, and while nothing is put together: earlier and identical rows beside the last ones.
    @Test(arguments: [nil, 0], [nil, "reader"]) func whatWasToldAgainCountsAsItIsNow(
        mostRetold: Int?, user: String?
    ) async throws {
        try await withFleet { store, _, readers in
            try await store.with { client in
                try await client.run("SYSTEM STOP MERGES \(store.database).run")
                let whole = try readers[2].shipmentPage(after: 0, most: 1000).runs
                for rows in [whole.map(\.atItsBeginning), whole, Array(whole.suffix(5))] {
                    let bytes = ShippedRun.bytes(rows, of: try readers[2].journalID()).buffer
                    try await client.insert("run", ShippedRun.columns, bytes)
                }
            }
            let wanted = try expected(ReportFilter(), readers)
            try await store.with(as: user) { client in
                let fleet = FleetReader(client)
                let survey = try await fleet.survey(FleetFilter(ReportFilter(), table: "run"), mostRetold: 1000)
                #expect(survey?.runs == wanted.count && survey?.retold.count ?? 0 >= 30)
                for grouping in StatisticsGrouping.allCases {
                    let counted = try await StartupStatistics.counting(by: grouping) { count in
                        for run in wanted { try count(run) }
                    }
                    let found = try await fleet.statistics(
                        ReportFilter(), by: grouping, mostRetold: mostRetold ?? FleetReader.mostRetold
                    ) {}
                    #expect(found == counted, "\(grouping)")
                }
                let histograms = try await StartHistograms.counting { count in for run in wanted { try count(run) } }
                let found = try await fleet.histograms(ReportFilter(), mostRetold: mostRetold ?? FleetReader.mostRetold)
                #expect(areSame(found, histograms))
                // What an earlier row said brings nobody into a list, and takes nobody's place in it.
                for outcome in [nil] + RunOutcome.allCases.map(Optional.some) {
                    for most in [1, 3, 30] {
                        var filter = ReportFilter()
                        (filter.lines, filter.outcomes) = (most, outcome.map { [$0] } ?? [])
                        #expect(comparable(try await fleet.runs(filter)) == comparable(try expected(filter, readers)))
                    }
                }
            }
        }
    }

    private func areSame(_ one: StartHistograms, _ other: StartHistograms) -> Bool {
        one.models == other.models && one.phases.map(\.name) == other.phases.map(\.name)
            && one.phases.map(\.histogram) == other.phases.map(\.histogram)
    }

    @Test func whoMayOnlyReadShipsNothing() async throws {
        try await withStore { store in
            try await store.makeJournal("a", runs: 2, seed: 1)
            let page = try JournalReader(path: store.path("a")).shipmentPage(after: 0, most: 50)
            await #expect {
                try await store.with(as: "reader") { client in
                    let rows = ShippedRun.bytes(page.runs, of: "a").buffer
                    try await client.insert("run", ShippedRun.columns, rows)
                }
            } throws: {
                ($0 as? FleetError)?.kind == .denied
            }
        }
    }

    /// What was read as it lies is not what was looked at: it is read again, whole.
    @Test func whatIsShippedMeanwhileCountsOnce() async throws {
        try await withFleet { store, fleet, readers in
            let wanted = try expected(ReportFilter(), readers)
            let counted = try await StartupStatistics.counting(by: .host) { count in
                for run in wanted { try count(run) }
            }
            var times = 0
            let found = try await fleet.statistics(ReportFilter(), by: .host, mostRetold: 1000) {
                times += 1
                let page = try readers[1].shipmentPage(after: 0, most: 50)
                let id = try readers[1].journalID()
                try await store.with { client in
                    try await client.insert("run", ShippedRun.columns, ShippedRun.bytes(page.runs, of: id).buffer)
                }
            }
            #expect(found == counted && times == 1)
        }
    }

    @Test(arguments: filters.indices) func runsAndStatistics(place: Int) async throws {
        try await withFleet { _, fleet, readers in
            var filter = ReportFilter()
            Self.filters[place](&filter)
            let wanted = try expected(filter, readers)
            #expect(comparable(try await fleet.runs(filter)) == comparable(wanted))
            var each: [RunRow] = []
            try await fleet.eachRun(filter) { each.append($0) }
            #expect(each.map(\.runID) == wanted.map(\.runID))
            let few = try await fleet.runs(filter, most: 2)
            #expect((few == nil) == (wanted.count > 2))
            for grouping in StatisticsGrouping.allCases {
                let counted = try await StartupStatistics.counting(by: grouping) { count in
                    for run in wanted { try count(run) }
                }
                #expect(counted.isEmpty == wanted.isEmpty)
                #expect(try await fleet.statistics(filter, by: grouping) == counted, "\(grouping)")
            }
            let histograms = try await StartHistograms.counting { count in for run in wanted { try count(run) } }
            let found = try await fleet.histograms(filter)
            #expect(areSame(found, histograms))
        }
    }

    @Test(arguments: filters.indices) func history(place: Int) async throws {
        try await withFleet { _, fleet, readers in
            var filter = ReportFilter()
            Self.filters[place](&filter)
            var all = filter
            (all.lines, all.reverse) = (nil, false)
            var rows = try readers.flatMap { reader in
                try reader.history(all).map { (try reader.journalID(), $0) }
            }.sorted { ($0.1.at.microseconds, $0.0, $0.1.seq) < ($1.1.at.microseconds, $1.0, $1.1.seq) }.map(\.1)
            if let lines = filter.lines { rows = rows.suffix(lines) }
            if filter.reverse { rows.reverse() }
            #expect(try await fleet.history(filter, most: 100_000) == rows)
            var each: [TransitionRow] = []
            try await fleet.eachTransition(filter) { each.append($0) }
            #expect(each == rows)
            var byRun: [[TransitionRow]] = []
            try await fleet.eachRunsHistory(filter) { rows, _ in byRun.append(rows) }
            #expect(Set(byRun.flatMap(\.self)) == Set(rows))
            #expect(byRun.map { $0[0].runID }.count == Set(rows.map(\.runID)).count)
        }
    }

    /// However often a transition was sent, and however few of them fit.
    @Test func whatWasSentOftenIsListedOnce() async throws {
        try await withFleet { store, fleet, readers in
            let id = try readers[1].journalID()
            let rows = try readers[1].shipmentPage(after: 0, most: 1000).transitions
            try await store.with { client in
                try await client.run("SYSTEM STOP MERGES \(store.database).transition")
                for again in [rows, Array(rows.suffix(40)), Array(rows.suffix(40)), Array(rows.suffix(40))] {
                    let bytes = ExportedTransition.bytes(again, of: id).buffer
                    try await client.insert("transition", ExportedTransition.columns, bytes)
                }
            }
            for model in [[], ["en-us"]] {
                for reason in [nil, FailureReason.warmupFailed] {
                    for most in [1, 5, 40, 1000, 1001] {
                        var filter = ReportFilter()
                        (filter.models, filter.reasons, filter.lines) = (model, reason.map { [$0] } ?? [], nil)
                        let all = try readers.flatMap { reader in
                            try reader.history(filter).map { (try reader.journalID(), $0) }
                        }.sorted { ($0.1.at.microseconds, $0.0, $0.1.seq) < ($1.1.at.microseconds, $1.0, $1.1.seq) }
                        filter.lines = most
                        #expect(try await fleet.history(filter, most: 100_000) == all.suffix(most).map(\.1))
                    }
                }
            }
        }
    }

    @Test func oneRunAndWhyItFailed() async throws {
        try await withFleet { _, fleet, readers in
            for reader in readers {
                for run in try reader.runs(ReportFilter()) {
                    let selector = RunSelector.prefix(run.runID)
                    var (here, there) = (try reader.story(selector), try await fleet.story(selector))
                    (here.run.id, there.run.id) = (0, 0)
                    #expect(here.transitions == there.transitions && here.warmups == there.warmups)
                    #expect(here.run == there.run && here.configuration == there.configuration)
                    guard run.outcome == "failed" else { continue }
                    let local = try #require(try reader.postmortem(selector))
                    let found = try #require(try await fleet.postmortem(selector, models: []))
                    #expect(found.cause == local.cause && found.changes == local.changes)
                    #expect(found.streak.count == local.streak.count)
                    #expect(found.lastGoodRun?.runID == local.lastGoodRun?.runID)
                    #expect(found.comparison == local.comparison && found.wasEverReady == local.wasEverReady)
                    #expect(found.story.transitions == local.story.transitions)
                }
            }
            let last = try #require(try expected(ReportFilter(), readers).last { $0.outcome == "failed" })
            #expect(try await fleet.postmortem(nil, models: [])?.story.run.runID == last.runID)
            let newest = try #require(try expected(ReportFilter(), readers).last)
            #expect(try await fleet.story(.last(1)).run.runID == newest.runID)
        }
    }

    @Test func whereEachModelIs() async throws {
        try await withFleet { _, fleet, readers in
            let found = try await fleet.status(models: [])
            let local = try readers.flatMap { try $0.status(models: []) }
            #expect(found.count == local.count)
            func key(_ status: ModelStatus) -> [String] {
                [
                    status.run.runID, status.state.text, "\(status.since.microseconds)", "\(status.isReady)",
                    status.run.host,
                ]
            }
            #expect(Set(found.map(key)) == Set(local.map(key)))
            #expect(try await fleet.status(models: ["en-us"]).allSatisfy { $0.run.model == "en-us" })
        }
    }

    /// By the past of each model on its machine, however many are looked up together.
    @Test(arguments: [1, 2, 100]) func whatIsUsualForThoseThatStart(together: Int) async throws {
        try await withStore { store in
            var local: [ModelStatus] = []
            for (seed, name) in ["a", "b"].enumerated() {
                try await store.makeStarting(name, seed: seed)
                try await store.ship(name)
                local += try JournalReader(path: store.path(name)).status(models: [])
            }
            let found = try await store.with(as: "reader") {
                try await FleetReader($0).status(models: [], together: together)
            }
            func key(_ status: ModelStatus) -> String {
                "\(status.run.runID) \(status.state) \(status.interruptionsInARow) \(status.isCrashLoop) \(status.expectation)"
            }
            #expect(Set(found.map(key)) == Set(local.map(key)))
            #expect(found.map(\.state) == ["LOADING", "LOADING", "ERROR", "ERROR", "WARMING_UP", "WARMING_UP"])
            #expect(found.map(\.interruptionsInARow) == [0, 0, 3, 3, 0, 0])
            for status in found where status.state == "WARMING_UP" {
                let usual = status.expectation
                let (loads, warmups) = (usual.load?.count ?? 0, usual.warmup?.count ?? 0)
                #expect(warmups > 0 && loads > warmups + 1)
            }
        }
    }

    /// Names that are not there are told; those that are hostile are only names.
    @Test(arguments: ["nobody", "' OR 1 = 1 --", "\\", "a\0b", "%"]) func aWrongNameIsSaid(name: String) async throws {
        try await withFleet { _, fleet, _ in
            let wrong = await #expect(throws: JournalError.self) {
                var filter = ReportFilter()
                filter.models = [name]
                _ = try await fleet.runs(filter)
            }
            #expect(wrong?.code == .invalidRequest && "\(wrong?.message ?? "")".contains("known: en-us"))
            var (request, engine) = (ReportFilter(), ReportFilter())
            (request.correlationID, engine.engine) = (name, name)
            let found = try await (fleet.runs(request), fleet.runs(engine))
            #expect(found.0.isEmpty && found.1.isEmpty)
        }
    }

    @Test func aSelectorThatFitsNothingIsSaid() async throws {
        try await withFleet { _, fleet, _ in
            for selector in [RunSelector.prefix("ffffffff"), .prefix("01"), .last(1000)] {
                await #expect { try await fleet.story(selector) } throws: {
                    ($0 as? JournalError)?.code == .invalidRequest
                }
            }
        }
    }

    @Test func anEmptyStoreHoldsNothing() async throws {
        try await withStore { store in
            try await store.with { client async throws -> Void in
                let fleet = FleetReader(client)
                #expect(try await fleet.isEmpty())
                #expect(try await fleet.runs(ReportFilter()).isEmpty)
                #expect(try await fleet.statistics(ReportFilter(), by: .model).isEmpty)
                #expect(try await fleet.histograms(ReportFilter()).models.isEmpty)
                #expect(try await fleet.status(models: []).isEmpty)
                #expect(try await fleet.postmortem(nil, models: []) == nil)
                await #expect(throws: JournalError.self) { _ = try await fleet.story(.last(1)) }
            }
        }
    }

    /// The queries of docs/fleet.md, but for the part that is Grafana's.
    @Test func theDocumentedQueriesAnswer() async throws {
        try await withFleet { store, _, _ in
            let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/fleet.md")
            let text = try String(contentsOf: page, encoding: .utf8)
            let queries = text.matches(of: /(?s)```sql\n(.*?)```/).map { String($0.1) }
            #expect(queries.count == 5)
            try await store.with { client in
                for query in queries {
                    let sql = query.replacing(/\$__timeFilter\(.*\)/, with: "1")
                    let answer = try await client.query(sql)
                    #expect(answer.readableBytes > 0, "\(sql)")
                }
            }
        }
    }

    /// The public views say what a journal's say, and where it comes from.
    @Test func theViewsHaveTheSameColumns() async throws {
        try await withFleet { store, _, _ in
            for view in [
                "transitions", "runs", "load_timings", "failed_warmups", "current_states", "startup_stats",
            ] {
                let columns = try await store.text(
                    """
                    SELECT arrayStringConcat(groupArray(name), ',') FROM system.columns
                    WHERE database = '\(store.database)' AND table = '\(view)'
                    """
                ).split(separator: ",").map(String.init)
                let own = try #require(try PublicView.all().first { $0.name == view }).columns
                #expect(Set(own).subtracting(columns).isEmpty, "\(view): \(columns)")
                #expect(columns.contains("host"), "\(view)")
            }
            let counts = try await store.text("SELECT toString(sum(runs)) FROM startup_stats")
            #expect(counts == "90")
            let shown = try await store.text("SELECT max(at) FROM transitions")
            #expect(shown.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
        }
    }
}

extension ShippedRun {
    /// As it was told when there was its first transition alone.
    fileprivate var atItsBeginning: ShippedRun {
        var run = self
        (run.lastSeq, run.lastAt) = (firstSeq, row.startedAt)
        (run.row.state, run.row.outcome) = ("LOADING", "in_progress")
        (run.row.reason, run.row.message, run.row.endedAt) = (nil, nil, nil)
        (run.row.load, run.row.warmup, run.row.startup) = (nil, nil, nil)
        return run
    }
}
