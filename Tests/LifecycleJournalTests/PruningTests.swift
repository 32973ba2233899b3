import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Old runs go as a whole, and what is left is as sound as before.
@Suite(.turn(of: "LifecycleJournalTests")) struct PruningTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func verified() throws -> Verification { try JournalVerifier(sandbox.reader()).verify() }

    /// Runs of two models by turns, `count` each; a row is a second after the one before it.
    private func fill(_ count: Int) async throws -> EngineJournal {
        let engine = try sandbox.engine()
        var first = try await engine.claimDriver("first")
        var second = try await engine.claimDriver("second")
        for round in 0..<count {
            if round.isMultiple(of: 2) {
                try await first.succeed()
            } else {
                try await first.start()
                try await first.fail()
            }
            second.wall = first.wall
            try await second.succeed()
            first.wall = second.wall
        }
        return engine
    }

    private func pruning(before seconds: Int64, models: [String] = []) -> Pruning {
        Pruning(
            path: sandbox.journal, before: WallTime(microseconds: 1_795_401_067_120_482 + seconds * 1_000_000),
            models: models)
    }

    @Test func whatIsLeftIsWholeAndTheChainGoesOn() async throws {
        let engine = try await fill(6)
        let all = try sandbox.reader().history(ReportFilter())
        let extent = try pruning(before: 20).extent()
        #expect(extent.runs > 2 && extent.transitions > extent.runs * 2)
        #expect(try sandbox.reader().history(ReportFilter()) == all, "looking removes nothing")

        #expect(try pruning(before: 20).perform().runs == extent.runs)
        let verification = try verified()
        #expect(verification.isWhole, "\(verification.findings)")
        let left = try sandbox.reader().history(ReportFilter())
        #expect(left == Array(all.suffix(left.count)), "what is left is unchanged")
        #expect(left.count == all.count - extent.transitions)
        #expect(try pruning(before: 20).perform().runs == 0)

        // The engine was open all the while, and its next rows follow on.
        var driver = try await engine.claimDriver("third")
        try await driver.succeed()
        #expect(try verified().isWhole)
        #expect(try sandbox.reader().history(ReportFilter()).last?.seq == Int64(all.count + 5))
    }

    @Test func aModelsLastRunAndWhatIsInFlightStay() async throws {
        let engine = try await fill(3)
        var driver = try await engine.claimDriver("flying")
        try await driver.reach(.ready)
        #expect(try pruning(before: 1_000_000).perform().runs == 4)
        let runs = try sandbox.reader().runs(ReportFilter())
        #expect(runs.map(\.model).sorted() == ["first", "flying", "second"])
        #expect(try verified().isWhole)
        try await driver.move(.unload, .unloading)
        try await driver.move(.unloaded, .uninitialized)
        try engine.close()
        // The next engine finds every model where it was.
        let next = try sandbox.engine()
        var first = try await next.claimDriver("first")
        try await first.succeed()
        #expect(try verified().isWhole)
    }

    @Test func onlyOneModelsRunsLeaveGapsThatAreAnchored() async throws {
        _ = try await fill(5)
        #expect(try pruning(before: 1_000_000, models: ["first"]).perform().runs == 4)
        #expect(try verified().isWhole)
        let anchors: Int? = try sandbox.reader().read { try Int.fetchOne($0, sql: "SELECT count(*) FROM prune_anchor") }
        #expect(anchors == 4)
        // The gaps close when what is between them goes too.
        #expect(try pruning(before: 1_000_000, models: ["second"]).perform().runs == 4)
        #expect(try verified().isWhole)
        let joined: Int? = try sandbox.reader().read { try Int.fetchOne($0, sql: "SELECT count(*) FROM prune_anchor") }
        #expect(joined == 1)
    }

    @Test func manyRunsGoInManyTransactions() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for _ in 0..<450 {
            try await driver.start()
            try await driver.fail()
        }
        var steps: [Int] = []
        #expect(try pruning(before: 1_000_000).perform { steps.append($0) }.runs == 449)
        #expect(steps == [200, 400, 449])
        #expect(try verified().isWhole)
    }

    @Test(.needsSQLiteProgram) func anAnchorThatIsNotTheRowsThatWereThereIsFound() async throws {
        let engine = try await fill(4)
        try pruning(before: 20).perform()
        try engine.close()
        let answer = try sqlite3(
            sandbox.journal,
            """
            INSERT INTO pruning (only_row) VALUES (1);
            CREATE TEMP TABLE a AS SELECT * FROM prune_anchor;
            DELETE FROM prune_anchor;
            INSERT INTO prune_anchor SELECT first_seq, last_seq, zeroblob(32), pruned_us FROM a;
            DELETE FROM pruning;
            """)
        try #require(answer.status == 0, "\(answer.output)")
        #expect(try !verified().isWhole)
    }

    @Test(.needsSQLiteProgram) func nothingIsRemovedByTheWayside() async throws {
        _ = try await fill(2)
        for attack in [
            "DELETE FROM transition", "DELETE FROM run", "DELETE FROM prune_anchor",
            "INSERT INTO prune_anchor VALUES (1, 1, zeroblob(32), 0)",
        ] {
            let answer = try sqlite3(sandbox.journal, attack)
            if attack.contains("DELETE FROM prune_anchor") { continue }
            #expect(answer.status != 0 && answer.output.contains("append-only"), "\(attack): \(answer.output)")
        }
    }

    @Test func anUnknownModelIsSaidToBeOne() async throws {
        _ = try await fill(1)
        #expect(throws: JournalError.self) { try pruning(before: 1, models: ["nobody"]).extent() }
        #expect(throws: JournalError.self) { try pruning(before: 1, models: ["nobody"]).perform() }
    }
}
