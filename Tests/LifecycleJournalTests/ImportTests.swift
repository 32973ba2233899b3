import Foundation
import GRDB
import TestSupport
import Testing

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What another journal has recorded is taken in whole, once, or not at all.
@Suite(.turn(of: "LifecycleJournalTests")) struct ImportTests {
    /// One line of an export, with what a copy needs.
    private static func line(
        run: String = "r1", ordinal: Int = 1, from: String = "UNINITIALIZED", to: String = "LOADING",
        trigger: String = "initialize", engine: String = "e1", gap: Bool = false
    ) -> String {
        """
        {"seq":1,"at":"2026-11-23T02:31:07.120482Z","model":"m","provider":"scripted","run_id":"\(run)","attempt":1,\
        "correlation_id":"c","from_state":"\(from)","to_state":"\(to)","trigger":"\(trigger)","reason":null,\
        "message":null,"elapsed_ms":1.5,"engine_id":"\(engine)","pid":7,"host":"elsewhere","ordinal":\(ordinal),\
        "warmup_requests":[],"after_gap":\(gap)}
        """
    }

    private static let whole = [
        line(), line(ordinal: 2, from: "LOADING", to: "ERROR", trigger: "load_failed"),
        line(run: "r2", from: "ERROR", to: "LOADING", trigger: "retry"),
    ]

    private func take(_ lines: [String], _ sandbox: Sandbox) throws -> JournalImport.Result {
        let file = sandbox.directory + "/lines.ndjson"
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let descriptor = open(file, O_RDONLY)
        defer { close(descriptor) }
        return try JournalImport(path: sandbox.journal).perform(from: descriptor, name: "lines")
    }

    @Test func theSameLinesAreTakenInOnce() throws {
        let sandbox = try Sandbox()
        #expect(try take(Array(Self.whole[..<2]), sandbox) == JournalImport.Result(added: 2, known: 0))
        #expect(try take(Self.whole, sandbox) == JournalImport.Result(added: 1, known: 2))
        let rows = try sandbox.reader().history(ReportFilter())
        #expect(rows.map(\.to) == ["LOADING", "ERROR", "LOADING"] && rows.map(\.elapsed) == [1500, 1500, 1500])
        #expect(rows[0].at.microseconds == 1_795_401_067_120_482 && rows[0].host == "elsewhere")
        let verification = try JournalVerifier(sandbox.reader()).verify()
        #expect(verification.isWhole, "\(verification.findings)")
    }

    @Test(arguments: [
        ("no JSON", "{\"at\":"), ("no JSON object", "[]"), ("'model' is missing", "{}"),
        ("no legal move", line(run: "r3", to: "READY")), ("with another content", line(trigger: "resume")),
        ("is LOADING in this journal", line(run: "r3")), ("other characters", line(engine: "../../x")),
        ("begins earlier", line(run: "r3", ordinal: 2, from: "LOADING", to: "READY", trigger: "loaded")),
        ("does not follow", line(run: "r2", ordinal: 4, from: "LOADING", to: "READY", trigger: "loaded")),
    ])
    func aBrokenLineIsNamedAndNothingTakenIn(why: String, broken: String) throws {
        let sandbox = try Sandbox()
        let error = #expect(throws: JournalError.self) { try take(Self.whole + [broken], sandbox) }
        #expect(error?.code == .invalidData, "\(String(describing: error))")
        #expect(
            error?.message.hasPrefix("line 4: ") == true && error?.message.contains(why) == true,
            "\(String(describing: error))")
        #expect(try sandbox.names() == ["lines.ndjson"])
    }

    @Test func aLivingEnginesModelIsLeftAlone() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver("m")
        try await driver.start()
        let error = #expect(throws: JournalError.self) { try take(Self.whole, sandbox) }
        #expect(error?.code == .busy)
        #expect(try sandbox.reader().history(ReportFilter()).count == 1)
    }

    /// Its engine lives on this machine, and drives its model for the journal that was copied.
    @Test func aCopyOfALivingEnginesJournalCanBeCarriedOn() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine(path: sandbox.directory + "/living.sqlite")
        var driver = try await engine.claimDriver("m")
        try await driver.start()
        let identity = ProcessIdentity.current
        func line(_ line: String) throws -> String {
            var object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            (object["host"], object["pid"]) = (identity.host, identity.pid)
            object["engine"] = [
                "program_version": "x", "started_at": "2026-11-23T02:31:07.120482Z",
                "process_start": identity.start as Any, "pid_namespace": identity.pidNamespace as Any,
                "boot_id": identity.bootID as Any,
            ]
            return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
        }
        let lines = try Self.whole.map(line)
        #expect(try take([lines[0]], sandbox).added == 1)
        #expect(try take(lines, sandbox) == JournalImport.Result(added: 2, known: 1))
    }

    @Test func aRefusedImportLeavesTheJournalAsItWas() throws {
        let sandbox = try Sandbox()
        _ = try take(Self.whole, sandbox)
        let names = try sandbox.names()
        #expect(throws: JournalError.self) { try take(["[]"], sandbox) }
        #expect(try sandbox.names() == names)
    }

    /// Whoever sends the lines may take its time, and engines come and go meanwhile.
    @Test func nobodyWaitsForAPipe() async throws {
        let sandbox = try Sandbox()
        let pipe = try Spawn.pipe()
        let path = sandbox.journal
        _ = try take(Self.whole, sandbox)
        let imported = Task.detached {
            defer { close(pipe.read) }
            return try JournalImport(path: path).perform(from: pipe.read, name: "a pipe")
        }
        // More than a pipe holds: once it is written, the import is at work.
        let lines = [UInt8]((Self.whole.joined(separator: "\n") + String(repeating: "\n", count: 1 << 18)).utf8)
        await Task.detached { #expect(write(pipe.write, lines, lines.count) == lines.count) }.value
        try sandbox.engine().close()
        close(pipe.write)
        #expect(try await imported.value == JournalImport.Result(added: 0, known: 3))
    }

    /// It would fill the disk, were it copied to its end.
    @Test func whatNeverEndsIsNoExport() throws {
        let sandbox = try Sandbox()
        let zeros = open("/dev/zero", O_RDONLY)
        defer { close(zeros) }
        var error = #expect(throws: JournalError.self) {
            try JournalImport(path: sandbox.journal).perform(from: zeros, name: "zeros")
        }
        #expect(error?.message.contains("longer than 8 MiB") == true, "\(String(describing: error))")
        let yes = try ChildProcess(["yes"])
        error = #expect(throws: JournalError.self) {
            try JournalImport(path: sandbox.journal).perform(from: yes.output, name: "yes")
        }
        #expect(error?.message.hasPrefix("line 1: ") == true, "\(String(describing: error))")
        #expect(try sandbox.names() == [])
    }

    /// The export of a pruned journal begins in the middle of a model's life, and says so.
    @Test func aGapIsTakenInWhereItIsMarked() throws {
        let sandbox = try Sandbox()
        let later = Self.line(run: "r9", from: "ERROR", to: "LOADING", trigger: "retry", gap: true)
        #expect(try take([later], sandbox).added == 1)
        #expect(try sandbox.reader().history(ReportFilter()).map(\.isAfterGap) == [true])
        let verification = try JournalVerifier(sandbox.reader()).verify()
        #expect(verification.isWhole, "\(verification.findings)")
    }

    @Test func onlyAnImportLeavesAGap() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver("m")
        try await driver.start()
        #expect(throws: DatabaseError.self) {
            try engine.sql(
                """
                INSERT INTO transition (seq, run, ordinal, model_id, engine_id, epoch, at_us, from_state, to_state,
                    trigger, after_gap, hash)
                SELECT 2, run, 3, model_id, engine_id, epoch, at_us, 'WARMING_UP', 'READY', 'warmed', 1, hash
                FROM transition
                """)
        }
    }
}
