import Foundation
import LifecycleJournal
import ModelLifecycle
import TestSupport
import Testing

/// More rows than are kept in memory are put out as they are read, and look the same.
@Suite(.turn(of: "CommandLineTests")) struct LongListTests {
    private static let runs = 10_100

    /// Runs that fail at once, of two models by turns.
    private func fill(_ workspace: Workspace) async throws {
        let engine = try EngineJournal(path: workspace.journal, programVersion: "tests")
        var models: [(recorder: any TransitionRecorder, state: ModelState)] = []
        for name in ["first", "second"] {
            let claimed = try await engine.claim(RunConfiguration(model: name, provider: "none"))
            models.append((claimed.recorder, claimed.state))
        }
        let rows = AsyncStream<Result<Void, any Error>>.makeStream()
        for number in 0..<Self.runs {
            let now = WallTime.now
            let run = RunIdentity(runID: RunID(at: now), correlationID: CorrelationID(at: now), attempt: 1)
            let recorder = try #require(models[number % 2].recorder as? ModelRecorder)
            recorder.append(
                Transition(
                    run: run, ordinal: 1, from: models[number % 2].state, to: .loading, trigger: .initialize, at: now,
                    elapsed: nil, failure: nil, warmups: [])
            ) { rows.continuation.yield($0) }
            recorder.append(
                Transition(
                    run: run, ordinal: 2, from: .loading, to: .error, trigger: .loadFailed, at: now,
                    elapsed: .milliseconds(number % 100),
                    failure: Failure(.modelLoadFailed, String(repeating: "x", count: number % 40)), warmups: [])
            ) { rows.continuation.yield($0) }
            models[number % 2].state = .error
        }
        var left = 2 * Self.runs
        for await row in rows.stream {
            try row.get()
            left -= 1
            if left == 0 { break }
        }
        try engine.close()
    }

    private func objects(_ lines: [String]) throws -> [NSDictionary] {
        try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary) }
    }

    @Test func everyFormatHasAllOfThemOnce() async throws {
        try await withWorkspace { workspace in
            try await fill(workspace)
            for (command, count) in [("history", 2 * Self.runs), ("runs", Self.runs)] {
                let lines = try objects(try await workspace.run(command, "-o", "ndjson").lines)
                #expect(lines.count == count)
                let document = try await workspace.run(command, "-o", "json")
                #expect(try document.json() as? [NSDictionary] == lines)
                // As the same rows look in a short list.
                let few = try await workspace.run(command, "-o", "json", "-n", "2").output
                #expect(document.output.hasSuffix(String(few.dropFirst())))
                #expect(document.output.hasPrefix("[\n  {\n    \""))
                let table = try await workspace.run(command, "-o", "csv").output.components(separatedBy: "\r\n")
                #expect(table.count == count + 2)
                #expect(table.filter { $0 == table[0] }.count == 1)
            }

            let history = try await workspace.run("history").lines
            let last = try await workspace.run("history", "-n", "20").lines
            #expect(Array(history.suffix(last.count)) == last)
            #expect(history.count { $0.contains("  run ") } == Self.runs)
            #expect(history.count { $0.contains("→ LOADING") } == Self.runs)

            let runs = try await workspace.run("runs").lines
            #expect(runs.count == Self.runs + 1)
            #expect(runs.count { $0.hasPrefix("STARTED") } == 1)
            let backwards = try await workspace.run("runs", "-r").lines
            #expect(backwards[0] == runs[0] && backwards[1] == runs[Self.runs] && backwards[Self.runs] == runs[1])
        }
    }

    /// A reader that has seen enough ends it.
    @Test func aReaderMayStopEarly() async throws {
        try await withWorkspace { workspace in
            try await fill(workspace)
            let result = try await workspace.run(
                tool: "/bin/sh",
                ["-c", "\"$0\" history --journal \"$1\" -o ndjson | head -n 3", Program.path, workspace.journal])
            #expect(result.lines.count == 3)
            #expect(result.errors.isEmpty)
        }
    }
}
