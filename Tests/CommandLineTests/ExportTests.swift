import Foundation
import TestSupport
import Testing

/// `export` hands out everything once, and carries on where a copy ends.
@Suite(.turn(of: "CommandLineTests")) struct ExportTests {
    @Test func eachTransitionIsOneObjectWithAllThatBelongsToIt() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let lines = try await workspace.exportedLines()
            let objects = try lines.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            let history = try await workspace.run("history", "-o", "json").objects()
            #expect(objects.count == history.count)
            for (object, row) in zip(objects, history) {
                #expect(
                    Set(object.keys).subtracting(row.keys) == [
                        "ordinal", "version", "output_tail", "retry_at", "warmup_requests", "configuration", "wanted",
                        "evidence", "queue_ms", "digest_ms", "spawn_ms", "server_pid", "model_identity", "engine",
                        "after_gap", "notes",
                    ])
                #expect(NSDictionary(dictionary: object.filter { row[$0.key] != nil }) == NSDictionary(dictionary: row))
            }
            #expect(objects.map { $0["ordinal"] as? Int } == [1, 2, 3, 4, 5, 1, 2])
            let configured = objects.map { $0["configuration"] is [String: Any] }
            #expect(configured == [true, false, false, false, false, true, false])
            let warmups = objects.map { ($0["warmup_requests"] as? [Any])?.count }
            #expect(warmups == [0, 0, 1, 0, 0, 0, 0])
        }
    }

    @Test func aCursorCarriesOnWithoutGapOrRepetition() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed(), .unloaded("other")])
            let all = try await workspace.exportedLines()
            #expect(all.count == 12)
            for cursor in 0...12 {
                let rest = try await workspace.run("export", "--after-cursor", "\(cursor)")
                #expect(rest.status == 0 && rest.lines == Array(all.dropFirst(cursor)))
            }
            #expect(try await workspace.run("export", "--after-cursor", "999").output.isEmpty)
        }
    }

    @Test func whatIsKnownOfAServerGoesAlong() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(server.arguments(["--once"], flags: ["--exit", "3"]))
            #expect(run.status == 1, "\(run)")
            let last = try #require(try await workspace.exportedLines().last)
            let row = try #require(JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
            let evidence = try #require(row["evidence"] as? [String: Any])
            // Whether it was ever asked is chance; what the host had left is always known here.
            #if os(Linux)
                #expect(evidence["memory_available_bytes"] is NSNumber, "\(evidence)")
            #endif
            #expect(evidence.keys.contains("last_probe"))
            #expect(row["queue_ms"] is NSNumber && row["spawn_ms"] is NSNumber)
        }
    }
}
