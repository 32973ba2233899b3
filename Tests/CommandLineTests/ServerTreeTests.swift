import Foundation
import JournalReports
import LifecycleJournal
import ModelLifecycle
import Synchronization
import TestSupport
import Testing

@testable import ServerProvider

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The processes of a server beside its first one: their ends and their memory.
@Suite(
    .turn(of: "CommandLineTests"),
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat"), "needs /proc")
) struct ServerTreeTests {
    /// What a provider has reported.
    private final class Notes: Sendable {
        private let notes = Mutex<[RunNote]>([])
        func add(_ note: RunNote) { notes.withLock { $0.append(note) } }
        func of(_ kind: RunNote.Kind) -> [RunNote] { notes.withLock { $0.filter { $0.kind == kind } } }
    }

    private func load(_ configuration: ServerConfiguration, _ notes: Notes) async throws -> ServerProvider {
        let provider = ServerProvider(configuration, lifeline: [Program.path, "__lifeline"])
        try await provider.load(
            LoadContext(
                runID: RunID(rawValue: "00000000-0000-0000-0000-000000000001"),
                correlationID: CorrelationID(stored: "00000000-0000-0000-0000-000000000002"), attempt: 1,
                reportNote: { notes.add($0) }))
        return provider
    }

    /// A server with one worker, which it starts again.
    private func master(_ workspace: Workspace) throws -> ServerConfiguration {
        let script = try workspace.script(
            "server.sh",
            """
            #!/bin/sh
            trap 'exit 0' TERM
            while :; do
              sleep 1000 & echo $! > '\(workspace.path("new"))'; mv '\(workspace.path("new"))' '\(workspace.path("worker"))'
              wait $!
            done
            """)
        return ServerConfiguration(command: [script], probe: .exec("test -e '\(workspace.path("worker"))'"))
    }

    private func worker(_ workspace: Workspace) throws -> Int32 {
        let text = try String(contentsOfFile: workspace.path("worker"), encoding: .utf8)
        return try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    /// The probe fails because of it: vLLM answers 503 when its engine was killed.
    @Test func aWorkerThatIsGoneIsNamedWithTheFailedProbes() async throws {
        try await withWorkspace { workspace in
            let script = try workspace.script(
                "server.sh",
                "#!/bin/sh\nsleep 1000 &\necho $! > '\(workspace.path("worker"))'\nwhile :; do sleep 0.1; done\n")
            let file = workspace.path("worker")
            var configuration = ServerConfiguration(
                command: [script], probe: .exec("test -s '\(file)' && kill -0 $(cat '\(file)')"))
            configuration.livenessInterval = .milliseconds(200)
            let (failures, failed) = AsyncStream.makeStream(of: Failure.self)
            let provider = ServerProvider(configuration, lifeline: [Program.path, "__lifeline"])
            try await provider.load(
                LoadContext(
                    runID: RunID(rawValue: "00000000-0000-0000-0000-000000000001"),
                    correlationID: CorrelationID(stored: "00000000-0000-0000-0000-000000000002"), attempt: 1,
                    reportFailure: { failed.yield($0) }))
            let worker = try worker(workspace)
            kill(worker, SIGKILL)
            var iterator = failures.makeAsyncIterator()
            let failure = try #require(await iterator.next())
            #expect(failure.reason == .runtimeUnhealthy)
            #expect(failure.message.contains("its process \(worker) (sleep) had been ended by SIGKILL"), "\(failure)")
            try await provider.unload()
        }
    }

    @Test func aWorkerThatIsReplacedLeavesANote() async throws {
        try await withWorkspace { workspace in
            let notes = Notes()
            let provider = try await load(master(workspace), notes)
            let first = try worker(workspace)
            #expect(notes.of(.process).first?.message?.hasPrefix("server.sh runs as pid ") == true)
            kill(first, SIGKILL)
            try await eventually("a note of the worker") { !notes.of(.worker).isEmpty }
            let second = try worker(workspace)
            let message = try #require(notes.of(.worker).first?.message)
            // Before Linux 6.15 only its parent knows how it ended.
            let expected = [
                "worker \(first) (sleep) ended by SIGKILL, replaced by \(second) at once",
                "worker \(first) (sleep) ended, replaced by \(second) at once",
            ]
            #expect(expected.contains(message), "\(message)")
            try await provider.unload()
        }
    }

    @Test func aProbeThatFailsAndRecoversLeavesANote() async throws {
        try await withWorkspace { workspace in
            let notes = Notes()
            var configuration = try master(workspace)
            configuration.probe = .exec("test -e '\(workspace.path("worker"))' && ! test -e '\(workspace.path("bad"))'")
            configuration.livenessInterval = .milliseconds(20)
            configuration.failureThreshold = 10_000
            let provider = try await load(configuration, notes)
            try Data().write(to: URL(filePath: workspace.path("bad")))
            try await eventually("a failed probe") {
                provider.evidence()?.evidence?.lastProbe == "the probe command exited with 1"
            }
            try FileManager.default.removeItem(atPath: workspace.path("bad"))
            try await eventually("a note of it") { !notes.of(.liveness).isEmpty }
            let message = try #require(notes.of(.liveness).first?.message)
            #expect(message.contains("without a good answer: the probe command exited with 1; answered again after"))
            try await provider.unload()
        }
    }

    @Test func whatTheProcessesHaveInMemoryIsSummed() async throws {
        try await withWorkspace { workspace in
            let provider = try await load(master(workspace), Notes())
            let evidence = try #require(provider.evidence()?.evidence)
            let (largest, sum) = (try #require(evidence.rssPeakBytes), try #require(evidence.treePeakBytes))
            #expect(sum > largest && largest > 0)
            try await provider.unload()
        }
    }

    @Test func aServerThatHasToBeKilledSaysHowManyConnectionsWereOpen() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try workspace.start(
                server.arguments(["--stop-timeout", "300ms"], flags: ["--ignore-term"]), environment: server.environment
            )
            try await workspace.waitUntil("m", is: "READY")
            let descriptor = streamSocket()
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(server.port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(connected == 0)
            run.send(SIGTERM)
            #expect(try await run.finished().status == 0)
            let last = try #require(try workspace.transitions().last)
            #expect(
                last.message
                    == "scripted-server did not end within 300 ms of SIGTERM and was killed; 1 connection to it was open"
            )
        }
    }
}
