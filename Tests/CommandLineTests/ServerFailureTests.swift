import Foundation
import JournalReports
import LifecycleJournal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The real program supervises a real server that misbehaves: `postmortem` names the reason, the phase
/// and the cause of each misdeed.
@Suite(.turn(of: "CommandLineTests")) struct ServerFailureTests {
    @Test func everyFailureHasItsCause() async throws {
        var rows: [String: Row] = [:]
        try await withThrowingTaskGroup { group in
            // A few at a time: the machine has to keep up with their clocks.
            var waiting = ServerMisdeed.all[...]
            for misdeed in waiting.prefix(3) { group.addTask { try await observe(misdeed) } }
            waiting = waiting.dropFirst(3)
            while let row = try await group.next() {
                rows[row.misdeed] = row
                if let misdeed = waiting.popFirst() { group.addTask { try await observe(misdeed) } }
            }
        }
        let table = ServerMisdeed.all.compactMap { rows[$0.name]?.line }
        print((["\(table.count) misdeeds of a server"] + table).joined(separator: "\n"))
        #expect(table.count == ServerMisdeed.all.count && table.count >= 21)
    }

    @Test(.needsMemoryLimit) func theKernelsKillForMemoryIsConfirmed() async throws {
        try await withWorkspace { workspace in
            let limit = try #require(MemoryLimit(megabytes: 192))
            let server = try ScriptedServer()
            let arguments = server.arguments(["--once"], flags: ["--allocate", "2000"])
            let run = try await workspace.run(
                tool: "/bin/sh", ["-c", "\(limit.entering) && exec \"$0\" \"$@\"", Program.path] + arguments)
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "OOMKilled" && answer.failedPhase == "LOADING", "\(answer)")
            #expect(answer.cause.contains("killed by the kernel for memory before it was ready"), "\(answer)")
            #expect(answer.evidence?.oomKill == "confirmed")
            print(Row(misdeed: "takes all memory", answer: answer).line)
        }
    }

    @Test func aMissingInterpreterIsNamed() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let script = try workspace.script("server.py", "#!/nowhere/python3\n")
            let run = try await workspace.run(server.arguments(["--once"], flags: [], executable: script))
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "SpawnFailed" && answer.failedPhase == "LOADING", "\(answer)")
            #expect(answer.cause.contains(script) && answer.cause.contains("interpreter"), "\(answer)")
            print(Row(misdeed: "has an interpreter that is missing", answer: answer).line)
        }
    }

    /// It does not end at TERM, and so by KILL: that is no failure of the run.
    @Test func aServerThatIgnoresTermIsUnloadedAllTheSame() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(
                    ["--once", "--stop-timeout", "200ms"], flags: ["--ignore-term", "--grandchildren", "2"]),
                environment: server.environment)
            #expect(run.status == 0 && server.processes.isEmpty, "\(run)")
            #expect(try await workspace.runs().map(\.outcome) == ["unloaded"])
            let last = try #require(try workspace.transitions().last)
            #expect(last.to == "UNINITIALIZED" && last.reason == "UnloadTimeout" && last.signal == 9)
            #expect(last.message == "scripted-server did not end within 200 ms of SIGTERM and was killed")
            let checked = try await workspace.run("verify")
            #expect(checked.status == 0, "\(checked)")
            let answer = try await workspace.run("postmortem", "-o", "json")
            #expect(answer.status == 1 && answer.errors.contains("no run has failed"), "\(answer)")
            print("ignores TERM when it is stopped | - | \(answer.errors.split(separator: ": ").last ?? "")")
        }
    }

    // MARK: -

    private struct Row {
        var misdeed: String
        var answer: PostmortemAnswer
        var line: String {
            "\(misdeed) | \(answer.reason ?? "-") | \(answer.cause.replacing("\n", with: " ").prefix(240))"
        }
    }

    private func observe(_ misdeed: ServerMisdeed) async throws -> Row {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            var options = misdeed.options
            if misdeed.isWarmed { options += server.warmup }
            if misdeed.provocation.isAtStart { options.append("--once") }
            let run = try workspace.start(
                server.arguments(options, flags: misdeed.flags), environment: server.environment)
            switch misdeed.provocation {
            case .none: break
            case .kill:
                try await eventually("the server runs") { !server.servers.isEmpty }
                for pid in server.servers { kill(pid, SIGKILL) }
            case .request(let path):
                try await workspace.waitUntil("m", is: "READY", orPast: "ERROR")
                _ = try await server.ask(path)
            }
            let finished = try await run.finished()
            #expect(finished.status == 1, "\(misdeed.name): \(finished)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == misdeed.reason, "\(misdeed.name): \(answer)")
            #expect(answer.failedPhase == misdeed.phase, "\(misdeed.name): \(answer)")
            for words in misdeed.cause {
                #expect(answer.cause.contains(words), "\(misdeed.name): “\(words)” is not in: \(answer.cause)")
            }
            #expect(server.processes.isEmpty, "\(misdeed.name) left processes behind")
            return Row(misdeed: misdeed.name, answer: answer)
        }
    }
}
