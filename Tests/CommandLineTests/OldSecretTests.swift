import Foundation
import GRDB
import LifecycleJournal
import TestSupport
import Testing

@testable import ModelLifecycle

/// A journal of an older program, or of another one, may hold secrets that nothing took out. They are in no answer.
@Suite(.turn(of: "CommandLineTests")) struct OldSecretTests {
    private static let secret = "hf_hunter2hunter2hunter2"

    /// Two runs, one of which failed, with a secret in every text that a server or a caller may have chosen.
    private func filled(_ workspace: Workspace, withNotesAlone: Bool = false) async throws {
        var failed = SeededRun.unloaded("second")
        failed.steps = Array(failed.steps.prefix(2))
        failed.steps.append(
            SeededRun.Step(
                to: .error, trigger: .warmupFailed, elapsed: .milliseconds(3),
                failure: Failure(.warmupFailed, "no", outputTail: "no", evidence: FailureEvidence(lastProbe: "no")),
                warmups: [WarmupMeasurement(elapsed: .milliseconds(1), error: "no")]))
        try await workspace.seed([.unloaded(), failed, .abandoned("third")])
        let queue = try DatabaseQueue(path: workspace.journal)
        defer { try? queue.close() }
        let arguments: StatementArguments = ["secret": Self.secret, "evidence": Self.evidence]
        try await queue.write { db in
            let triggers = try GRDB.Row.fetchAll(
                db, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger["name"] as String)") }
            if !withNotesAlone { for sql in Self.changes { try db.execute(sql: sql, arguments: arguments) } }
            for sql in Self.notes { try db.execute(sql: sql, arguments: arguments) }
            for trigger in triggers { try db.execute(sql: trigger["sql"]) }
        }
    }

    private static let evidence = """
        {"last_probe":"GET /a answered 503: \(secret)","probe_target":"http://a/\(secret)","probe_status":503,\
        "probe_location":"http://b/\(secret)","answer":"no \(secret)","listening":["\(secret):80"],\
        "port_holder_pid":7,"port_holder_program":"\(secret)",\
        "model_file":{"format":"gguf","bytes":5,"name":"\(secret)","architecture":"\(secret)"}}
        """

    private static let changes = [
        """
        UPDATE transition SET evidence = :evidence,
            message = 'cannot load ' || :secret || ' ' || replace(hex(zeroblob(125)), '0', 'x') || ' ' || :secret,
            output_tail = 'a line' || char(10) || 'error: ' || :secret || ' is no key' || char(10)
        WHERE reason IS NOT NULL
        """,
        "UPDATE transition SET version = :secret WHERE version IS NOT NULL",
        "UPDATE run_progress SET version = :secret WHERE version IS NOT NULL",
        "UPDATE warmup_request SET error = 'no ' || :secret WHERE error IS NOT NULL",
        "UPDATE run SET correlation_id = :secret",
        """
        UPDATE configuration
        SET json = json_set(json, '$.model_path', '/m/' || :secret, '$.options', json_object('note', :secret))
        """,
    ]
    private static let notes = [
        """
        INSERT INTO run_note (run, ordinal, after_ordinal, at_us, kind, message, output, evidence, version, hash)
        SELECT r.id, k.value + 1, 1, 1795401067120482 + k.value, iif(k.value = 1, 'output', 'status'),
            'it says ' || :secret, 'a line with ' || :secret || char(10), :evidence, :secret, zeroblob(32)
        FROM run AS r, json_each('[0, 1, 2]') AS k
        """,
        "INSERT INTO run_note_head (run, count, hash) SELECT id, 3, zeroblob(32) FROM run",
    ]

    private static let answers: [[String]] = [
        ["history"], ["history", "-o", "json"], ["history", "-o", "ndjson"], ["history", "-o", "csv"], ["runs"],
        ["runs", "-o", "json"], ["runs", "-o", "csv"], ["show", "-1"], ["show", "-2"], ["show", "-2", "-o", "json"],
        ["show", "-2", "-o", "csv"], ["show", "-2", "--output"], ["postmortem"], ["postmortem", "-2"],
        ["postmortem", "-2", "-o", "json"], ["postmortem", "-2", "-o", "csv"], ["postmortem", "-2", "-o", "html"],
        ["stats"], ["stats", "-o", "json"], ["stats", "--by", "version"], ["stats", "--by", "version", "-o", "json"],
        ["stats", "--outcome", "failed", "-o", "json"], ["status"], ["status", "-o", "json"], ["export"],
        ["plot", "timeline", "-2"], ["plot", "latency"], ["plot", "distribution"], ["plot", "compare", "-3", "-2"],
        ["verify"], ["doctor"], ["history", "--correlation-id", secret],
    ]

    @Test func noAnswerHasThem() async throws {
        try await withWorkspace { workspace in
            try await filled(workspace)
            for arguments in Self.answers {
                let answer = try await workspace.run(arguments)
                #expect(!answer.output.isEmpty, "\(arguments): \(answer)")
                #expect(!"\(answer)".contains("hunter2"), "\(arguments): \(answer)")
            }
            // Those who ask in SQL get what is there.
            let rows = try await workspace.run("sql", "SELECT message FROM runs WHERE message IS NOT NULL")
            #expect(rows.output.contains(Self.secret), "\(rows)")
        }
    }

    @Test func noPageHasThem() async throws {
        try await withWorkspace { workspace in
            try await filled(workspace)
            let runs = try await workspace.runs().map(\.runId)
            let site = try await StatusSite(workspace, ["serve"])
            let paths = ["/", "/health", "/readyz", "/startupz", "/model-status", "/metrics", "/postmortem"]
            for path in paths + runs.map({ "/run?id=\($0)" }) + runs.map({ "/postmortem?run=\($0)" }) {
                let answer = try await site.get(path)
                #expect(!answer.body.isEmpty && !answer.body.contains("hunter2"), "\(path): \(answer.body)")
            }
            let follower = try workspace.start(["history", "--follow", "-o", "ndjson"])
            try await eventually("it follows") { follower.standardOutput.text.contains("WARMING_UP") }
            #expect(!follower.standardOutput.text.contains("hunter2"))
        }
    }

    /// What is imported, or recovered, is a new row.
    @Test func noCopyHasThem() async throws {
        try await withWorkspace { workspace in
            try await filled(workspace)
            let lines = workspace.path("lines.ndjson")
            // As an older program has exported it.
            let exported = try await workspace.run("export").output
            try Data(exported.replacing("[redacted]", with: Self.secret).utf8).write(to: URL(filePath: lines))
            #expect(try await workspace.run("import", lines, "--journal", workspace.path("copy.sqlite")).status == 0)
            let recovered = try await workspace.run(
                "recover", workspace.journal, workspace.path("recovered.sqlite"))
            #expect([0, 1].contains(recovered.status), "\(recovered)")
            for copy in ["copy.sqlite", "recovered.sqlite"] {
                let queue = try DatabaseQueue(path: workspace.path(copy))
                defer { try? queue.close() }
                let texts = try await queue.read { db in
                    try String.fetchAll(
                        db,
                        sql: """
                            SELECT coalesce(message, '') || coalesce(output_tail, '') || coalesce(evidence, '')
                                || coalesce(version, '') FROM transition
                            UNION ALL
                            SELECT coalesce(message, '') || coalesce(output, '') || coalesce(evidence, '')
                                || coalesce(version, '') FROM run_note
                            UNION ALL SELECT error FROM warmup_request WHERE error IS NOT NULL
                            """)
                }
                #expect(texts.count > 10 && !texts.contains { $0.contains("hunter2") }, "\(copy): \(texts)")
            }
        }
    }

    /// An export that has lost a secret is still one of the same history.
    @Test func anExportIsKnownWhereItComesFrom() async throws {
        try await withWorkspace { workspace in
            try await filled(workspace, withNotesAlone: true)
            let lines = workspace.path("lines.ndjson")
            try Data(try await workspace.run("export").output.utf8).write(to: URL(filePath: lines))
            let count = "SELECT count(*) AS n FROM run_note"
            let before = try await workspace.run("sql", count).output
            let imported = try await workspace.run("import", lines)
            #expect(imported.status == 0, "\(imported)")
            #expect(try await workspace.run("sql", count).output == before)
        }
    }
}
