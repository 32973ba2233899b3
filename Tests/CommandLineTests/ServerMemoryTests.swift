import Foundation
import TestSupport
import Testing

/// Kills for memory of other processes than the server's first one, by a kernel with a control group to do it in.
@Suite(.needsMemoryLimit, .turn(of: "CommandLineTests")) struct ServerMemoryTests {
    /// Supervises a script of the shell within a group of 192 MB.
    private func run(_ script: String, _ options: [String], _ workspace: Workspace) async throws -> Finished {
        let limit = try #require(MemoryLimit(megabytes: 192))
        let server = try workspace.script("server.sh", "#!/bin/sh\n" + script + "\n")
        let arguments =
            ["run", "--once", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--startup-timeout", "60s"] + options
        return try await workspace.run(
            tool: "/bin/sh",
            ["-c", "\(limit.entering) && exec \"$0\" \"$@\"", Program.path] + arguments + ["--", server])
    }

    private func evidence(_ workspace: Workspace) async throws -> [String: Any] {
        try #require(try await workspace.run("postmortem", "-o", "json").object()["evidence"] as? [String: Any])
    }

    /// `tail` keeps a line until it ends, and this one does not.
    private static let hog = "tail /dev/zero"

    @Test func aWrapperThatPassesTheStatusOn() async throws {
        try await withWorkspace { workspace in
            let run = try await run("\(Self.hog); exit $?", [], workspace)
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "OOMKilled", "\(answer)")
            #expect(answer.cause.contains("killed by the kernel for memory before it was ready"), "\(answer)")
            #expect(answer.cause.contains("exited with status 137 (128 + 9: a process in it"), "\(answer)")
            let evidence = try await evidence(workspace)
            #expect(evidence["memory_limit_bytes"] as? Int == 192 << 20)
            #expect(evidence["memory_kills"] as? Int == 1)
        }
    }

    @Test func aServerThatGivesUpAsItsWorkerIsGone() async throws {
        try await withWorkspace { workspace in
            let run = try await run("\(Self.hog) & wait $!; echo 'error: a worker died'; exit 3", [], workspace)
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "OOMKilled", "\(answer)")
            #expect(answer.cause.contains("(pid "), "\(answer)")
            #expect(answer.cause.contains("server.sh then exited with status 3"), "\(answer)")
        }
    }

    @Test func aServerThatGoesOnWithoutItsWorker() async throws {
        try await withWorkspace { workspace in
            let run = try await run(
                "while :; do \(Self.hog) & wait $!; sleep 0.2; done", ["--startup-timeout", "4s"], workspace)
            #expect(run.status == 1, "\(run)")
            #expect(try await workspace.postmortem().reason == "StartupTimeout")
            let evidence = try await evidence(workspace)
            #expect(evidence["oom_kill"] as? String == "confirmed")
            let kills = try #require(evidence["memory_kills"] as? Int)
            #expect(kills >= 1 && (evidence["killed_pids"] as? [Int])?.isEmpty == false)
        }
    }

    /// The limit is the same, and so is the exit status; the kernel had nothing to do with it.
    @Test func anotherSIGKILLIsNotOne() async throws {
        try await withWorkspace { workspace in
            let run = try await run("sh -c 'kill -9 $$'; exit $?", [], workspace)
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "ProcessExited", "\(answer)")
            // "suspected" if another test has had a process of this host killed a moment ago.
            let verdict = try await evidence(workspace)["oom_kill"] as? String
            #expect(verdict == "none" || verdict == "suspected")
            #expect(try await evidence(workspace)["memory_kills"] as? Int == 0)
        }
    }
}
