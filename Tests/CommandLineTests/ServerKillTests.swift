import Foundation
import GRDB
import TestSupport
import Testing

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `kill -9` of the engine ends everything that its server has started, and nothing else.
@Suite(
    .turn(of: "CommandLineTests"),
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat"), "needs /proc")
) struct ServerKillTests {
    /// `MODELJOURNAL_KILLS` asks for more.
    private static let rounds =
        ProcessInfo.processInfo.environment["MODELJOURNAL_KILLS"].flatMap { Int($0) }.map { max(1, $0) } ?? 5

    @Test func noProcessOfTheServerSurvivesItsEngine() async throws {
        try await withWorkspace { workspace in
            var slowest = Duration.zero
            for round in 1...Self.rounds {
                let server = try ScriptedServer()
                let engine = try await startLoading(server, workspace)
                let clock = ContinuousClock()
                let killed = clock.now
                engine.send(SIGKILL)
                // What the requirement says, and no wait of a test: later is too late.
                while !server.processes.isEmpty, clock.now < killed + .seconds(5) {
                    try await Task.sleep(for: .milliseconds(5))
                }
                slowest = max(slowest, clock.now - killed)
                #expect(server.processes.isEmpty, "round \(round)")
                _ = try await engine.finished()
            }
            print("\(Self.rounds) kills of an engine with a loading server: all gone after \(slowest) at most")
        }
    }

    /// Else the next engine would not know what to look for.
    @Test func theServersOwnProcessIsRecorded() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try workspace.start(server.arguments(flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            let pid = try #require(server.servers.first)
            #expect(server.servers.count == 1)
            let database = try DatabaseQueue(path: workspace.journal)
            let recorded = try await database.read { try Int32.fetchAll($0, sql: "SELECT pid FROM server_process") }
            #expect(recorded == [pid])
            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            #expect(shown["server_pid"] as? Int32 == pid)
            engine.send(SIGTERM)
            #expect(try await engine.finished().status == 0)
        }
    }

    /// Numbers are used again: only the process that was recorded may be killed.
    @Test func aProcessThatOnlyHasTheNumberIsLeftAlone() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try await startLoading(server, workspace)
            engine.send(SIGKILL)
            _ = try await engine.finished()
            try await eventually("the server's end") { server.processes.isEmpty }

            let sleepers = try (0..<5).map { _ in try workspace.start("/bin/sleep", ["1000"]) }
            let (decoys, orphan) = (sleepers.dropLast(), sleepers[4])
            let now = ProcessIdentity.of(orphan.pid)
            func start(_ program: RunningProgram) -> Int64? { ProcessTable.start(of: program.pid) }
            try record(
                [
                    (decoys[0].pid, start(decoys[0]).map { $0 - 1 }, now.bootID, now.host),
                    (decoys[1].pid, start(decoys[1]), "another boot", now.host),
                    (decoys[2].pid, start(decoys[2]), now.bootID, "another host"),
                    (decoys[3].pid, nil, nil, now.host),
                    (orphan.pid, start(orphan), now.bootID, now.host),
                ], in: workspace.journal)

            let next = try ScriptedServer()
            let run = try await workspace.run(next.arguments(["--once"], flags: []))
            #expect(run.status == 0, "\(run)")
            try await eventually("the orphan's end") { !orphan.isRunning }
            for decoy in decoys { #expect(decoy.isRunning) }
        }
    }

    /// An engine in LOADING whose server has children of its own, and a daemon that has left its group.
    private func startLoading(_ server: ScriptedServer, _ workspace: Workspace) async throws -> RunningProgram {
        let engine = try workspace.start(
            server.arguments(flags: ["--unready-for", "60s", "--grandchildren", "3", "--double-fork", "--ignore-term"]),
            environment: server.environment)
        // The server, its three children and the daemon, whose parent has ended.
        try await eventually("the server has all its children") { server.servers.count == 5 }
        try await workspace.waitUntil("m", is: "LOADING", after: workspace.lastSeqBefore(engine.pid))
        return engine
    }

    private func record(_ processes: [(Int32, Int64?, String?, String)], in journal: String) throws {
        let database = try DatabaseQueue(path: journal)
        try database.write { db in
            let run = try Int64.fetchOne(db, sql: "SELECT max(id) FROM run")
            for (pid, start, boot, host) in processes {
                try db.execute(
                    sql: """
                        INSERT INTO server_process (run, pid, process_start, boot_id, host) VALUES (?, ?, ?, ?, ?)
                        """, arguments: [run, pid, start, boot, host])
            }
        }
        try database.close()
    }
}

extension Workspace {
    /// The last transition that another engine than this one wrote; 0 where there is none.
    fileprivate func lastSeqBefore(_ pid: Int32) -> Int64 {
        (try? transitions())?.last { $0.pid != pid }?.seq ?? 0
    }

    /// A deadline may end a load at the very moment at which its server is started.
    @Test func aServerThatIsStartedAsItsRunEndsIsStoppedToo() async throws {
        try await withWorkspace { workspace in
            for timeout in ["1ms", "5ms", "20ms"] {
                let server = try ScriptedServer()
                let run = try await workspace.run(
                    server.arguments(
                        ["--startup-timeout", timeout, "--max-retries", "4", "--retry-backoff", "1ms"],
                        flags: ["--unready-for", "60s"]), environment: server.environment)
                #expect(run.status == 1, "\(run)")
                #expect(server.processes.isEmpty, "\(timeout)")
            }
        }
    }

    /// The program does not end before the server of a failed run has had its time to stop.
    @Test func aServerWhoseRunFailedIsAskedToStopAndNotKilled() async throws {
        try await withWorkspace { workspace in
            let script = try workspace.script(
                "server.sh",
                """
                #!/bin/sh
                trap 'sleep 0.3; echo stopped > "\(workspace.path("stopped"))"; exit 0' TERM
                while :; do sleep 0.05; done
                """)
            let run = try await workspace.run([
                "run", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--startup-timeout", "3s", "--stop-timeout",
                "30s", "--", script,
            ])
            #expect(run.status == 1, "\(run)")
            #expect(FileManager.default.fileExists(atPath: workspace.path("stopped")))
        }
    }

    /// The journal keeps no secrets, so a command may have to be given again; then it is that one which runs.
    @Test func aCommandThatIsGivenWithResumeIsTheOneThatIsRecorded() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try workspace.start(server.arguments(flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            engine.send(SIGKILL)
            _ = try await engine.finished()
            let run = try await workspace.run(
                server.arguments(
                    ["--resume", "--once", "--warmup-timeout", "5m"] + server.warmup, flags: ["--load-for", "1"]))
            #expect(run.status == 0, "\(run)")
            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            #expect(shown["attempt"] as? Int == 2)
            let options = (shown["configuration"] as? [String: Any])?["options"] as? [String: String]
            #expect(options?["command"]?.contains("--load-for") == true)
            // How long the whole warm-up may take is also what one request may take.
            #expect(options?["warmup_request_timeout_ms"] == "301000.0")
        }
    }
}
