import Foundation
import ModelLifecycle
import Synchronization
import TestSupport
import Testing

@testable import ServerProvider

/// What a server, and what it has started, says until it has stopped is kept.
@Suite(.turn(of: "CommandLineTests")) struct LateOutputTests {
    /// What a provider has reported.
    private final class Notes: Sendable {
        private let notes = Mutex<[RunNote]>([])
        private let failures = Mutex<[Failure]>([])

        var all: [RunNote] { notes.withLock { $0 } }
        var outputs: String { all.compactMap(\.output).joined() }
        var failure: Failure? { failures.withLock { $0.first } }

        var context: LoadContext {
            LoadContext(
                runID: RunID(rawValue: "r"), correlationID: CorrelationID(stored: "c"), attempt: 1,
                reportFailure: { failure in self.failures.withLock { $0.append(failure) } },
                reportNote: { note in self.notes.withLock { $0.append(note) } })
        }
    }

    private func provider(_ script: String, probe: String? = nil) throws -> ServerProvider {
        var configuration = ServerConfiguration(
            command: ["/bin/sh", "-c", script], probe: try probe.map { try ProbeTarget($0) })
        configuration.probeInterval = .milliseconds(20)
        configuration.livenessInterval = .seconds(3600)
        configuration.stopTimeout = .seconds(10)
        let folder = URL(filePath: Program.path).deletingLastPathComponent()
        return ServerProvider(configuration, lifeline: [folder.appending(path: "modeljournal-lifeline").path])
    }

    @Test func wordsASecondAfterTheEndOfALoadAreInTheFailure() async throws {
        let notes = Notes()
        let server = try provider("(sleep 1; echo ValueError: the reason) & echo starting; exit 1", probe: "exec:false")
        let failure = await #expect(throws: Failure.self) { try await server.load(notes.context) }
        #expect(failure?.outputTail == "starting\nValueError: the reason\n")
        #expect(failure?.evidence?.outputLinesSinceReady == nil)
        try await server.unload()
    }

    @Test func wordsASecondAfterTheEndOfAReadyServerAreInTheFailure() async throws {
        let notes = Notes()
        try await withWorkspace { workspace in
            let gate = workspace.path("gate")
            let server = try provider(
                """
                echo starting; until [ -e '\(gate)' ]; do sleep 0.02; done
                (sleep 1; echo ValueError: the reason) & exit 1
                """)
            try await server.load(notes.context)
            try await eventually("the first words") { notes.outputs.contains("starting\n") }
            try Data().write(to: URL(filePath: gate))
            try await eventually("the failure") { notes.failure != nil }
            #expect(notes.failure?.outputTail == "starting\nValueError: the reason\n")
            // Without a probe it is READY at once, perhaps before its first words.
            let since = try #require(notes.failure?.evidence?.outputLinesSinceReady)
            #expect((1...2).contains(since))
            // The notes have it as well, each line once.
            #expect(notes.outputs == "starting\nValueError: the reason\n")
            try await server.unload()
        }
    }

    @Test func theLastWordsOfAServerThatIsStoppedAreNoted() async throws {
        let notes = Notes()
        let server = try provider(
            "trap 'echo bye; printf unfinished; exit 0' TERM; echo up; while :; do sleep 0.02; done")
        try await server.load(notes.context)
        try await eventually("the first words") { notes.outputs.contains("up\n") }
        try await server.unload()
        // Some shells have a word of their own about the end of what they waited for.
        #expect(notes.outputs.hasPrefix("up\n") && notes.outputs.hasSuffix("\nbye\nunfinished"))
        #expect(notes.failure == nil)
        #expect(notes.all.allSatisfy { $0.kind == .output || $0.output == nil })
    }

    @Test func aServerThatIsStillLoadingHasItsWordsNotedWithItsLastProbe() async throws {
        let notes = Notes()
        let server = try provider("echo loading; while :; do sleep 0.02; done", probe: "exec:false")
        let load = Task { try await server.load(notes.context) }
        try await eventually("a note") { notes.all.contains { $0.kind == .output && $0.output == "loading\n" } }
        let evidence = server.evidence()
        #expect(evidence?.outputTail == "loading\n")
        try await eventually("a note with a probe") { notes.all.contains { $0.evidence?.lastProbe != nil } }
        load.cancel()
        _ = await load.result
        try await server.unload()
    }
}
