import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Each filter of `history` and `runs`, over one journal.
@Suite(.turn(of: "LifecycleJournalTests")) final class ReportFilterTests: Sendable {
    private let sandbox: Sandbox
    private let reader: JournalReader
    /// Whoever still drives run 4.
    private let alive: EngineJournal
    private let engines: [String]
    /// The wall time of the first row; each further one is a second later.
    private let begin: WallTime

    /// Run 1: en-us, unloaded. Run 2: en-us, failed. Run 3: de by another provider and engine,
    /// cancelled. Run 4: de, READY.
    init() async throws {
        sandbox = try Sandbox()
        let first = try sandbox.engine()
        let second = try sandbox.engine()
        var english = try await first.claimDriver("en-us", provider: "pocketsphinx")
        begin = english.wall
        try await english.start(runID: "aaaa-1", correlationID: "request-1")
        try await english.move(.loaded, .ready)
        try await english.finish()
        try await english.start(runID: "aaab-2", correlationID: "request-2")
        try await english.fail(.modelLoadFailed, "No such file: /models/EN.bin")
        var german = try await second.claimDriver("de", provider: "server")
        german.wall = english.wall
        try await german.start(runID: "bbbb-3", correlationID: "request-2")
        try await german.move(.unload, .unloading, failure: Failure(.cancelled, "unload was asked for"))
        try await german.move(.unloaded, .uninitialized)
        try await german.start(runID: "cccc-4", correlationID: "request-3")
        try await german.move(.loaded, .ready)
        engines = [first.engineID.rawValue, second.engineID.rawValue]
        try first.close()
        alive = second
        reader = try sandbox.reader()
    }

    private func seqs(_ change: (inout ReportFilter) -> Void) throws -> [Int64] {
        var filter = ReportFilter()
        change(&filter)
        return try reader.history(filter).map(\.seq)
    }

    private func runs(_ change: (inout ReportFilter) -> Void) throws -> [String] {
        var filter = ReportFilter()
        change(&filter)
        return try reader.runs(filter).map { String($0.runID.suffix(1)) }
    }

    @Test func withoutAFilterEverythingComesInOrder() throws {
        #expect(try seqs { _ in } == Array(1...11))
        #expect(try runs { _ in } == ["1", "2", "3", "4"])
    }

    @Test func byModel() throws {
        #expect(try seqs { $0.models = ["de"] } == Array(7...11))
        #expect(try runs { $0.models = ["en-us"] } == ["1", "2"])
        #expect(try runs { $0.models = ["en-us", "de"] } == ["1", "2", "3", "4"])
    }

    @Test func byProvider() throws {
        #expect(try seqs { $0.providers = ["pocketsphinx"] } == Array(1...6))
        #expect(try runs { $0.providers = ["server"] } == ["3", "4"])
    }

    @Test func byRun() throws {
        #expect(try seqs { $0.run = .prefix("aaab") } == [5, 6])
        #expect(try runs { $0.run = .last(1) } == ["4"])
    }

    @Test func byCorrelationID() throws {
        #expect(try seqs { $0.correlationID = "request-2" } == Array(5...9))
        #expect(try runs { $0.correlationID = "request-2" } == ["2", "3"])
        #expect(try runs { $0.correlationID = "request" } == [])
    }

    @Test func byEngineOrTheBeginningOfOne() throws {
        #expect(try seqs { $0.engine = engines[1] } == Array(7...11))
        #expect(try runs { $0.engine = engines[0] } == ["1", "2"])
        #expect(try runs { $0.engine = String(engines[0].prefix(6)) } == ["1", "2", "3", "4"])
        #expect(try runs { $0.engine = "%" } == [])
    }

    @Test func byState() throws {
        #expect(try seqs { $0.states = [.ready] } == [2, 11])
        #expect(try seqs { $0.states = [.error, .unloading] } == [3, 6, 8])
        #expect(try runs { $0.states = [.uninitialized] } == ["1", "3"])
    }

    @Test func byOutcome() throws {
        #expect(try runs { $0.outcomes = [.failed] } == ["2"])
        #expect(try runs { $0.outcomes = [.cancelled, .ready] } == ["3", "4"])
        #expect(try seqs { $0.outcomes = [.failed] } == [5, 6])
    }

    @Test func byReason() throws {
        #expect(try runs { $0.reasons = [.modelLoadFailed] } == ["2"])
        #expect(try seqs { $0.reasons = [.cancelled, .modelLoadFailed] } == [6, 8])
    }

    @Test func byTime() throws {
        func at(_ seconds: Int64) -> WallTime { WallTime(microseconds: begin.microseconds + seconds * 1_000_000) }
        #expect(try seqs { $0.since = at(9) } == [10, 11])
        #expect(try seqs { $0.until = at(2) } == [1, 2])
        #expect(
            try seqs {
                $0.since = at(4)
                $0.until = at(6)
            } == [5, 6])
        #expect(try runs { $0.since = at(4) } == ["2", "3", "4"])
        #expect(try runs { $0.until = at(4) } == ["1"])
    }

    @Test func theLastLinesComeOldestFirst() throws {
        #expect(try seqs { $0.lines = 3 } == [9, 10, 11])
        #expect(try runs { $0.lines = 2 } == ["3", "4"])
        #expect(try runs { $0.lines = 0 } == [])
        #expect(try runs { $0.lines = 99 } == ["1", "2", "3", "4"])
        #expect(
            try seqs {
                $0.lines = 2
                $0.models = ["en-us"]
            } == [5, 6])
    }

    @Test func reverseIsNewestFirst() throws {
        #expect(try runs { $0.reverse = true } == ["4", "3", "2", "1"])
        #expect(
            try seqs {
                $0.reverse = true
                $0.lines = 2
            } == [11, 10])
    }

    /// As in ripgrep's and journalctl's smart case.
    @Test func grepIgnoresCaseUnlessThePatternHasCapitals() throws {
        #expect(try seqs { $0.grep = "no such" } == [6])
        #expect(try seqs { $0.grep = "en.bin$" } == [6])
        #expect(try seqs { $0.grep = "No such" } == [6])
        #expect(try seqs { $0.grep = "NO such" } == [])
        #expect(try runs { $0.grep = "such|asked" } == ["2", "3"])
        #expect(try seqs { $0.grep = "ß€" } == [])
    }

    @Test func aBrokenPatternIsAnError() {
        let error = #expect(throws: JournalError.self) { try seqs { $0.grep = "(" } }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("'('") == true)
    }

    @Test func filtersAddUp() throws {
        #expect(
            try runs {
                $0.models = ["de"]
                $0.outcomes = [.ready]
                $0.states = [.ready]
                $0.correlationID = "request-3"
                $0.engine = engines[1]
                $0.run = .prefix("cccc")
            } == ["4"])
        #expect(
            try runs {
                $0.models = ["de"]
                $0.outcomes = [.failed]
            } == [])
    }

    @Test func afterANumberOnlyNewerRowsCome() throws {
        #expect(try reader.history(ReportFilter(), afterSeq: 9).map(\.seq) == [10, 11])
        #expect(try reader.history(ReportFilter(), afterSeq: 11).isEmpty)
        #expect(try reader.lastSeq() == 11)
    }

    /// A typing error must not look like "nothing happened".
    @Test func anUnknownNameIsAnErrorThatListsTheKnownOnes() {
        let model = #expect(throws: JournalError.self) { try seqs { $0.models = ["en"] } }
        #expect(model?.code == .invalidRequest)
        #expect(model?.message == "no model 'en' in the journal; known: de, en-us")
        let provider = #expect(throws: JournalError.self) { try runs { $0.providers = ["whisper"] } }
        #expect(provider?.message == "no provider 'whisper' in the journal; known: pocketsphinx, server")
    }

    // MARK: - Selectors

    private func selected(_ selector: RunSelector) throws -> String { try reader.story(selector).run.runID }

    @Test func aRunIsNamedByItsIDOrAPrefix() throws {
        #expect(try selected(.prefix("aaaa-1")) == "aaaa-1")
        #expect(try selected(.prefix("b")) == "bbbb-3")
        #expect(try selected(.prefix("AAAB")) == "aaab-2")
    }

    @Test func aRunIsNamedByItsPlaceFromTheEnd() throws {
        #expect(try (1...4).map { try selected(.last($0)) } == ["cccc-4", "bbbb-3", "aaab-2", "aaaa-1"])
    }

    @Test func anAmbiguousPrefixListsTheRuns() {
        let error = #expect(throws: JournalError.self) { try selected(.prefix("aaa")) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("aaaa-1, aaab-2") == true)
    }

    @Test(arguments: [RunSelector.prefix("nope"), .prefix("a%"), .prefix("aaaa-11"), .last(99), .last(5)])
    func anUnknownRunIsAnError(selector: RunSelector) {
        let error = #expect(throws: JournalError.self) { try selected(selector) }
        #expect(error?.code == .invalidRequest)
    }
}
