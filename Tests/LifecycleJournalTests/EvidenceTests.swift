import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Text that comes from providers: without secrets, and of a bounded size.
@Suite(.turn(of: "LifecycleJournalTests")) struct EvidenceTests {
    static let secret = "hunter2-correct-horse"

    @Test func messagesAreRedacted() async throws {
        let stored = try await store(Failure(.modelLoadFailed, "login failed: password=\(Self.secret)"))
        #expect(stored.message == Redaction.redact("login failed: password=\(Self.secret)"))
        #expect(stored.message?.contains(Redaction.mark) == true)
        #expect(stored.message?.contains(Self.secret) == false)
        #expect(stored.message?.hasPrefix("login failed: ") == true)
    }

    /// A server may be asked for its version, and answer with anything.
    @Test func versionsAreRedacted() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loaded, .ready, version: "1.2 password=\(Self.secret)")
        var note = RunNote(.process)
        note.version = "1.2 password=\(Self.secret)"
        try await driver.claimed.recorder.append(note, at: driver.wall, of: driver.run.runID)
        #expect(try engine.one("SELECT version FROM transition WHERE version IS NOT NULL") == "1.2 password=[redacted]")
        #expect(try engine.one("SELECT version FROM run_note") == "1.2 password=[redacted]")
        try engine.close()
    }

    @Test func outputIsRedactedBeforeItIsCut() async throws {
        // The cut falls into the secret: without the key before it nothing would give the rest away.
        let before = String(repeating: "x", count: 20)
        let after = String(repeating: "x", count: StorableText.outputLimit - 40)
        let stored = try await store(
            Failure(.processExited, "exited", outputTail: "\(before) password=\(Self.secret)\n\(after)"))
        #expect(stored.tail?.contains("correct-horse") == false)
        #expect(stored.tail?.hasSuffix(after) == true)
    }

    @Test func warmupErrorsAreRedactedAndBounded() async throws {
        let error = "password=\(Self.secret) " + String(repeating: "é", count: 5000)
        let stored = try await store(Failure(.warmupFailed, "failed"), warmupError: error)
        #expect(stored.warmupError?.contains(Self.secret) == false)
        #expect((stored.warmupError?.utf8.count ?? 0) <= StorableText.messageLimit)
    }

    @Test(arguments: [4095, 4096, 4097, 100_000])
    func messagesHaveAtMostFourKiB(size: Int) async throws {
        let message = "begin " + String(repeating: "m", count: size - 6)
        let stored = try #require(try await store(Failure(.modelLoadFailed, message)).message)
        if size <= 4096 {
            #expect(stored == message)
        } else {
            #expect(stored.utf8.count <= 4096)
            #expect(stored.hasPrefix("begin mmm"))
            #expect(stored.hasSuffix("bytes dropped]"))
        }
    }

    @Test(arguments: [65_535, 65_536, 65_537, 1_000_000])
    func outputTailsHaveAtMostSixtyFourKiB(size: Int) async throws {
        let tail = String(repeating: "o", count: size - 4) + " end"
        let stored = try #require(try await store(Failure(.processExited, "exited", outputTail: tail)).tail)
        if size <= 65_536 {
            #expect(stored == tail)
        } else {
            #expect(stored.utf8.count <= 65_536)
            #expect(stored.hasSuffix("ooo end"))
            #expect(stored.hasPrefix("["))
        }
    }

    @Test(arguments: [
        "\u{1B}[31mred\u{1B}[0m", "\u{202E}gpj.exe", "'; DROP TABLE run; --", "=cmd|' /C calc'!A0", "a\nb\tc", "",
    ])
    func hostileTextIsKeptAsItWas(text: String) async throws {
        let stored = try await store(Failure(.processExited, text, outputTail: text))
        #expect(stored.message == text)
        #expect(stored.tail == text)
    }

    /// Stores a failed warm-up and reads it back.
    private func store(
        _ failure: Failure, warmupError: String? = nil
    ) async throws -> (message: String?, tail: String?, warmupError: String?) {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.warmingUp)
        try await driver.move(
            .warmupFailed, .error, failure: failure,
            warmups: [WarmupMeasurement(elapsed: .milliseconds(1), error: warmupError)])
        let story = try sandbox.reader().story(.last(1))
        return (story.run.message, story.outputTail, story.warmups.first?.error)
    }
}
