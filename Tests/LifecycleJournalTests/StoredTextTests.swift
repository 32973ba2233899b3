import Foundation
import GRDB
import TestSupport
import Testing

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A text ends where it ends, and not at its first NUL byte, in every column that takes one and in all that reads it.
@Suite(.turn(of: "LifecycleJournalTests")) struct StoredTextTests {
    private static let output = "loading\nbuffer: \0 end\0\0\nValueError: the reason\u{FFFD}\n\0"

    private static var failure: Failure {
        var failure = Failure(.processExited, "exited\0 for a reason", exitCode: 1)
        failure.outputTail = output
        failure.evidence = FailureEvidence(lastProbe: "500 \0 broken")
        return failure
    }

    /// One run that failed in its warm-up, by an engine all of whose texts have a NUL.
    private static func filled(_ sandbox: Sandbox) async throws {
        var identity = ProcessIdentity.current
        identity.host = "a\0host"
        let engine = try EngineJournal(
            path: sandbox.journal, programVersion: "1.0\0beta", setsDamageAside: false, identity: identity)
        var configuration = RunConfiguration(model: "m", provider: "scripted\0one")
        configuration.options = ["note": "a\0b"]
        var driver = try await engine.claimDriver(configuration)
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, version: "2\0rc")
        try await driver.move(
            .warmupFailed, .error, failure: failure,
            warmups: [WarmupMeasurement(elapsed: .milliseconds(5), error: "no\0 answer")])
        try engine.writer.checkpoint()
        try engine.close()
        engine.awaitFreeLock()
    }

    private func check(_ path: String, provider: String = "scripted\0one") throws {
        let reader = try JournalReader(path: path)
        let story = try reader.story(.last(1))
        let run = story.run
        #expect(run.message == "exited\0 for a reason" && run.evidence?.lastProbe == "500 \0 broken")
        #expect(run.version == "2\0rc" && run.provider == provider && run.host == "a\0host")
        #expect(story.outputTail == Self.output)
        #expect(story.warmups.map(\.error) == ["no\0 answer"])
        #expect(try JSONDecoder().decode(Settings.self, from: Data(story.configuration.utf8)).options["note"] == "a\0b")
        #expect(story.transitions.last?.message == "exited\0 for a reason")
        #expect(try reader.history(ReportFilter()).map(\.host) == ["a\0host", "a\0host", "a\0host"])
        #expect(try reader.postmortem(.last(1))?.story.outputTail == Self.output)

        let page = try reader.shipmentPage(after: 0, most: 100)
        let last = try #require(page.transitions.last)
        #expect(last.outputTail == Self.output && last.warmups.map(\.error) == ["no\0 answer"])
        #expect(last.row.message == "exited\0 for a reason")
        #expect(FailureEvidence(json: last.evidence ?? "")?.lastProbe == "500 \0 broken")
        #expect(page.transitions.map(\.version) == [nil, "2\0rc", nil])
        #expect(page.engines.map(\.host) == ["a\0host"] && page.engines.map(\.facts.programVersion) == ["1.0\0beta"])
        #expect(page.runs.map(\.row.message) == ["exited\0 for a reason"])

        // Where it is compared with a hash, it is the same as well.
        let verification = try JournalVerifier(reader).verify()
        #expect(verification.isWhole, "\(verification.findings)")
    }

    private struct Settings: Decodable { var options: [String: String] }

    @Test func everyReportHasWhatComesAfterANUL() async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        try check(sandbox.journal)
        var texts: [String] = []
        try ReadOnlySQL(
            path: sandbox.journal, sql: "SELECT output_tail FROM \"transition\" WHERE output_tail IS NOT NULL"
        ).run(deadline: .seconds(60), columns: { _ in }) { row in
            if case .text(let text) = row[0] { texts.append(text) }
        }
        #expect(texts == [Self.output])
    }

    @Test func aSalvagedJournalHasIt() async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        let new = sandbox.directory + "/new.sqlite"
        let report = try JournalSalvage(sandbox.journal).write(to: new)
        #expect(report.isComplete, "\(report)")
        try check(new)
    }

    @Test(arguments: [("reason$", 1), ("^exited$", 0), ("ted\\x00 for", 1), ("Reason", 0), ("a reason", 1)])
    func aFilterLooksBehindIt(pattern: String, count: Int) async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        var filter = ReportFilter()
        filter.grep = pattern
        #expect(try sandbox.reader().history(filter).count == count)
        #expect(try sandbox.reader().runs(filter).count == count)
    }

    /// The names of an engine and a run may come from anywhere.
    @Test func whatIsTakenInIsWhatWasHashed() throws {
        let sandbox = try Sandbox()
        let lines = [
            (1, "UNINITIALIZED", "LOADING", "initialize", "null", ""),
            (2, "LOADING", "WARMING_UP", "loaded", "null", ""),
            (
                3, "WARMING_UP", "ERROR", "warmup_failed", #""x\u0000y""#,
                #"{"elapsed_ms":2,"error":"x\u0000y"}"#
            ),
        ].map { ordinal, from, to, trigger, text, warmup in
            let reason = text == "null" ? "null" : #""WarmupFailed""#
            return """
                {"seq":1,"at":"2026-11-23T02:31:07.120482Z","model":"m","provider":"a\\u0000b","run_id":"r1","attempt":1,\
                "correlation_id":"c","from_state":"\(from)","to_state":"\(to)","trigger":"\(trigger)","reason":\(reason),\
                "message":\(text),"elapsed_ms":1.5,"engine_id":"e1","pid":7,"host":"h\\u0000i","ordinal":\(ordinal),\
                "warmup_requests":[\(warmup)],"after_gap":false,"version":\(ordinal == 2 ? #""x\u0000y""# : "null"),\
                "output_tail":\(text),"wanted":"w\\u0000v",\
                "engine":{"program_version":"1\\u00002","started_at":"2026-11-23T02:31:07.120482Z"}}
                """
        }
        let file = sandbox.directory + "/lines.ndjson"
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        // The second time, all of it is known.
        for added in [3, 0] {
            let descriptor = open(file, O_RDONLY)
            defer { close(descriptor) }
            let result = try JournalImport(path: sandbox.journal).perform(from: descriptor, name: "lines")
            #expect(result == JournalImport.Result(added: added, known: 3 - added))
        }
        let story = try sandbox.reader().story(.last(1))
        #expect(story.run.provider == "a\0b" && story.run.host == "h\0i" && story.run.wanted == "w\0v")
        #expect(story.warmups.map(\.error) == ["x\0y"])
        #expect(story.run.message == "x\0y" && story.outputTail == "x\0y" && story.run.version == "x\0y")
        let verification = try JournalVerifier(sandbox.reader()).verify()
        #expect(verification.isWhole, "\(verification.findings)")
    }
}
