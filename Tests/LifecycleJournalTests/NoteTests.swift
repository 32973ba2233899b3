import Foundation
import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What becomes known between two transitions is kept beside them.
@Suite(.turn(of: "LifecycleJournalTests")) struct NoteTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func append(_ driver: ModelDriver, _ note: RunNote, at: WallTime? = nil) async throws {
        try await driver.claimed.recorder.append(note, at: at ?? driver.wall, of: driver.run.runID)
    }

    private func output(_ text: String, peak: Int64? = nil) -> RunNote {
        RunNote(.output, output: text, evidence: FailureEvidence(rssPeakBytes: peak, lastProbe: "GET / answered 503"))
    }

    /// A run whose engine was killed while it was LOADING, with a note of each part.
    private func interrupted() async throws -> ModelDriver {
        let engine = try sandbox.engine()
        let driver = try await interrupted(engine)
        engine.die()
        return driver
    }

    private func interrupted(_ engine: EngineJournal) async throws -> ModelDriver {
        var driver = try await engine.claimDriver()
        try await driver.start()
        var process = RunNote(.process)
        process.processID = 4711
        process.version = "1.2"
        process.identity = ModelIdentity(bytes: 77, modifiedAt: WallTime(microseconds: 5))
        try await append(driver, process)
        try await append(driver, output("loading\n"))
        try await append(driver, output("RuntimeError: no room\n", peak: 4096))
        return driver
    }

    @Test func aRunWhoseEngineWasKilledHasWhatWasKnown() async throws {
        let driver = try await interrupted()
        let recovering = try sandbox.engine()
        let story = try sandbox.reader().story(.prefix(driver.run.runID.rawValue))
        #expect(story.run.outcome == "interrupted" && story.run.isSettled)
        #expect(story.outputTail == "loading\nRuntimeError: no room\n")
        #expect(story.run.evidence?.rssPeakBytes == 4096)
        #expect(story.run.evidence?.lastProbe == "GET / answered 503")
        #expect(story.run.serverPID == 4711 && story.run.version == "1.2" && story.run.identity?.bytes == 77)
        #expect(story.notes.map(\.ordinal) == [1, 2, 3] && story.notes.allSatisfy { $0.afterOrdinal == 1 })
        try recovering.close()
    }

    /// Until another engine settles it, a reader says the same.
    @Test func anUnsettledRunHasItToo() async throws {
        let driver = try await interrupted()
        let story = try sandbox.reader().story(.prefix(driver.run.runID.rawValue))
        #expect(!story.run.isSettled && story.run.evidence?.rssPeakBytes == 4096)
        #expect(story.outputTail?.contains("no room") == true)
    }

    @Test func theOutputOfTheRowThatEndedTheRunCountsMore() async throws {
        let engine = try sandbox.engine()
        var driver = try await interrupted(engine)
        try await driver.move(.loadFailed, .error, failure: Failure(.modelLoadFailed, "x", outputTail: "all of it\n"))
        #expect(try sandbox.reader().story(.last(1)).outputTail == "all of it\n")
        try engine.close()
    }

    /// What is known of the file comes when it has been read; the evidence of the process is not hidden by it.
    @Test func whatIsKnownOfTheModelsFileIsKeptBesideTheEvidence() async throws {
        let engine = try sandbox.engine()
        let driver = try await interrupted(engine)
        var header = ModelFileHeader(.gguf, bytes: 700)
        header.formatVersion = 3
        (header.architecture, header.name, header.sizeLabel) = ("llama", "Tiny", "1.1B")
        (header.parameters, header.tensors, header.quantization) = (1_100_048_384, 201, "Q4_K_M")
        (header.contextLength, header.producer, header.opset, header.files) = (2048, "p", 17, 2)
        (header.missingBytes, header.damage) = (12, "it ends within its header")
        var evidence = FailureEvidence()
        evidence.modelFile = header
        try await append(driver, RunNote(.process, evidence: evidence))
        let story = try sandbox.reader().story(.last(1))
        #expect(story.modelFile == header && story.notes.last?.evidence?.modelFile == header)
        #expect(story.run.evidence?.rssPeakBytes == 4096)
        try engine.close()
    }

    /// A later version may know formats that this one does not.
    @Test func aFormatThatIsUnknownHidesNothingElse() throws {
        let json = try EvidenceJSON(json: #"{"rss_peak_bytes":7,"model_file":{"format":"new","bytes":1,"more":[]}}"#)
        #expect(json.evidence.rssPeakBytes == 7 && json.evidence.modelFile == nil)
        #expect(try EvidenceJSON(FailureEvidence(rssPeakBytes: 7)).text() == #"{"rss_peak_bytes":7}"#)
    }

    @Test func secretsAreNotStoredAndTextIsBounded() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        let long = String(repeating: "x", count: 100_000)
        try await append(
            driver, RunNote(.worker, message: "password=hunter2 \(long)", output: "token=hunter2abc \(long)end"))
        let note = try #require(try sandbox.reader().story(.last(1)).notes.first)
        #expect(!"\(note)".contains("hunter2"))
        #expect(note.message.map { $0.utf8.count <= StoredNote.messageLimit } == true)
        #expect(note.output.map { $0.utf8.count <= StoredNote.outputLimit && $0.hasSuffix("end") } == true)
        try engine.close()
    }

    @Test func aNoteOfARunThatAnotherEngineDrivesIsDropped() async throws {
        let first = try sandbox.engine()
        var driver = try await first.claimDriver()
        try await driver.reach(.error)
        #expect(try await first.release(model: "en-us"))
        let second = try sandbox.engine()
        _ = try await second.claimDriver()
        try await append(driver, output("too late\n"))
        #expect(try sandbox.reader().story(.last(1)).notes.isEmpty)
        try first.close()
        try second.close()
    }

    /// After an error in a commit nothing says whether the note was stored.
    @Test func theSameNoteIsStoredOnce() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        for _ in 0..<2 { try await append(driver, output("once\n"), at: WallTime(microseconds: 9)) }
        #expect(try sandbox.reader().story(.last(1)).notes.count == 1)
        try engine.close()
    }

    // MARK: - Nothing changes

    @Test(arguments: [
        "UPDATE run_note SET output = 'another' WHERE ordinal = 1", "DELETE FROM run_note", "DELETE FROM run_note_head",
        "UPDATE run_note_head SET count = count + 1", "INSERT OR REPLACE INTO run_note SELECT * FROM run_note",
        "REPLACE INTO run_note_head SELECT * FROM run_note_head",
        "INSERT INTO run_note SELECT 99, run, 7, 1, 1, 'output', NULL, 'x', NULL, NULL, NULL, NULL, NULL, NULL, hash FROM run_note",
    ])
    func theDatabaseRefusesToChangeThem(sql: String) async throws {
        let engine = try sandbox.engine()
        _ = try await interrupted(engine)
        #expect(throws: DatabaseError.self) { try engine.sql(sql) }
        try engine.close()
    }

    private static let columns = [
        "at_us = at_us + 1", "kind = 'worker'", "message = 'x'", "output = 'loadinG' || char(10)", "evidence = '{}'",
        "server_pid = 1", "version = '2'", "model_bytes = 1", "model_modified_us = 1", "after_ordinal = 0",
        "ordinal = ordinal + 10", "model_digest = printf('%064d', 1)", "hash = zeroblob(32)",
    ]

    @Test(
        arguments: columns.map { "UPDATE run_note SET \($0) WHERE id = 1" } + [
            "DELETE FROM run_note WHERE id = 3", "DELETE FROM run_note WHERE id = 1",
            "UPDATE run_note_head SET count = 2",
            "UPDATE run_note_head SET hash = zeroblob(32)", "DELETE FROM run_note_head", "DELETE FROM run_note",
        ])
    func aChangeThatGotPastItIsFound(sql: String) async throws {
        let engine = try sandbox.engine()
        _ = try await interrupted(engine)
        try engine.close()
        #expect(try JournalVerifier(sandbox.reader()).verify().isWhole)
        let tampered = try DatabaseQueue(path: sandbox.journal)
        try tampered.inDatabase { db in
            let triggers = try String.fetchAll(
                db,
                sql:
                    "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('run_note', 'run_note_head')"
            )
            let names = try String.fetchAll(
                db,
                sql:
                    "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('run_note', 'run_note_head')"
            )
            for name in names { try db.execute(sql: "DROP TRIGGER \(name)") }
            try db.execute(sql: sql)
            for trigger in triggers { try db.execute(sql: trigger) }
        }
        try tampered.close()
        #expect(try !JournalVerifier(JournalReader(path: sandbox.journal)).verify().isWhole, "\(sql)")
    }

    @Test func theyGoWithTheirRun() async throws {
        let engine = try sandbox.engine()
        var driver = try await interrupted(engine)
        try await driver.move(.unload, .unloading)
        try await driver.move(.unloaded, .uninitialized)
        try await driver.succeed()
        try engine.close()
        let rows = "SELECT (SELECT count(*) FROM run_note) + (SELECT count(*) FROM run_note_head)"
        let removed = try Pruning(path: sandbox.journal, before: .now + .seconds(86_400 * 3_650)).perform()
        #expect(removed.runs == 1)
        let reader = try sandbox.reader()
        #expect(try reader.read { db in try Int.fetchOne(db, sql: rows) } == 0)
        #expect(try JournalVerifier(sandbox.reader()).verify().isWhole)
    }

    // MARK: - Copies

    private func exported() throws -> [ExportedTransition] {
        var rows: [ExportedTransition] = []
        try sandbox.reader().export(afterSeq: 0) { rows.append($0) }
        return rows
    }

    @Test func anExportHasThemWithTheTransitionThatFollows() async throws {
        let engine = try sandbox.engine()
        var driver = try await interrupted(engine)
        #expect(try exported().map(\.notes.count) == [0])
        try await driver.move(.loaded, .ready)
        try await append(driver, RunNote(.worker, message: "worker 12 ended"))
        #expect(try exported().map(\.notes.count) == [0, 3])
        try await driver.finish()
        #expect(try exported().map(\.notes.count) == [0, 3, 1, 0])
        try engine.close()
    }

    @Test func aSalvagedJournalHasThem() async throws {
        let engine = try sandbox.engine()
        let driver = try await interrupted(engine)
        let before = try sandbox.reader().story(.prefix(driver.run.runID.rawValue)).notes
        try engine.writer.checkpoint()
        try engine.close()
        engine.awaitFreeLock()
        let new = sandbox.directory + "/new.sqlite"
        let report = try JournalSalvage(sandbox.journal).write(to: new)
        #expect(report.notes == 3)
        #expect(try JournalReader(path: new).story(.prefix(driver.run.runID.rawValue)).notes == before)
    }

    // MARK: - What history tells

    @Test func onlyEventsAreToldBetweenTransitions() async throws {
        let engine = try sandbox.engine()
        var driver = try await interrupted(engine)
        try await driver.move(.loaded, .ready)
        try await append(driver, RunNote(.worker, message: "worker 12 ended, replaced by 13 after 8 s"))
        try await append(driver, RunNote(.liveness, message: "no answer for 3 s"))
        let run = driver.run.runID.rawValue
        #expect(try sandbox.reader().events(of: [run])[run]?.map(\.kind) == ["worker", "liveness"])
        try engine.close()
    }

    /// The name stands in one note and the value in the next, and the cut goes between them.
    @Test(arguments: [300, 100_000]) func outputIsRedactedBeforeItIsCut(limit: Int) {
        let texts = [String(repeating: "loading\n", count: 40) + "api_keys:\n", "  - k3y0fAcl0ud9x7\n", "loaded\n"]
        let notes = texts.enumerated().map { place, text in
            NoteRow(
                ordinal: place + 1, afterOrdinal: 1, at: WallTime(microseconds: 0), kind: "output",
                output: text + (place == 1 ? String(repeating: "serving\n", count: 24) : ""))
        }
        let output = notes.output(limit: limit) ?? ""
        #expect(output.hasPrefix("loading\n") && output.hasSuffix("loaded\n"))
        #expect(!output.contains("k3y0f"), "\(output)")
    }

    @Test func longOutputKeepsBeginningAndEnd() {
        let notes = (1...200).map { number in
            NoteRow(
                ordinal: number, afterOrdinal: 1, at: WallTime(microseconds: 0), kind: "output",
                output: String(repeating: "line \(number)\n", count: 100))
        }
        let output = notes.output(limit: 10_000) ?? ""
        #expect(output.hasPrefix("line 1\n") && output.hasSuffix("line 200\n"))
        #expect(output.contains("bytes dropped …]\nline ") && output.utf8.count < 10_100)
    }
}
