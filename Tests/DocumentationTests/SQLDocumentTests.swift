import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import ModelLifecycle
import Testing

/// docs/sql.md is true: its columns are the schema's, and every statement answers, as it is shown, in the `sqlite3`
/// program.
@Suite struct SQLDocumentTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        page = try String(contentsOf: root.appending(path: "docs/sql.md"), encoding: .utf8)
    }

    @Test(.enabled(if: SQLiteProgram.isThere, "needs the sqlite3 program"))
    func everyStatementAnswersAsItIsShown() async throws {
        let statements = page.matches(of: /```sql\n(.*?)```\n+(?:```text\n(.*?)```)?/.dotMatchesNewlines())
        #expect(statements.count >= 15)
        #expect(statements.count == page.components(separatedBy: "```sql\n").count - 1)
        try await withJournal { journal in
            for statement in statements {
                let sql = String(statement.1)
                let shown = try #require(statement.2, "what does it answer? \(sql)")
                let (answer, status) = try SQLiteProgram.ask(journal, sql)
                #expect(status == 0, "\(sql)\n\(answer)")
                // Names, a line below them, and one row at least.
                #expect(answer.split(separator: "\n").count >= 3, "no row: \(sql)")
                #expect(Self.shape(String(shown)) == Self.shape(answer), "\(sql)\nanswers\n\(answer)")
            }
        }
    }

    /// An answer without what differs from one day to the next, and the spaces around it.
    private static func shape(_ answer: String) -> [String] {
        answer.split(separator: "\n").map { line in
            line.replacing(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/, with: "TIME").replacing(/-{2,}/, with: "--")
                .split(separator: " ").joined(separator: " ")
        }
    }

    /// A row of the tables in "The views".
    private struct Column: Equatable {
        var name: String
        var type: String
        var mayBeNull: Bool
    }

    private func documented() throws -> [String: [Column]] {
        var views: [String: [Column]] = [:]
        for section in page.components(separatedBy: "\n### `").dropFirst() {
            let view = String(try #require(section.split(separator: "`").first))
            let rows = try #require(section.components(separatedBy: "\n## ").first).split(separator: "\n")
                .filter { $0.hasPrefix("| `") }
            views[view] = rows.flatMap { row in
                let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                return cells[0].matches(of: /`(\w+)`/).map {
                    Column(
                        name: String($0.1), type: String(cells[1].prefix { $0 != "," }), mayBeNull: cells[2] != "never")
                }
            }
        }
        return views
    }

    @Test(.enabled(if: SQLiteProgram.isThere, "needs the sqlite3 program"))
    func theColumnsAreThoseOfTheViews() async throws {
        let documented = try documented()
        #expect(Set(documented.keys) == Set(try PublicView.all().map(\.name)))
        try await withJournal { journal in
            for (view, columns) in documented {
                let (names, status) = try SQLiteProgram.ask(
                    journal, "SELECT name FROM pragma_table_info('\(view)')", options: "-list -noheader")
                #expect(status == 0 && names.split(separator: "\n").map(String.init) == columns.map(\.name), "\(view)")
                for column in columns {
                    let (types, status) = try SQLiteProgram.ask(
                        journal, "SELECT DISTINCT typeof(\(column.name)) AS t FROM \(view) ORDER BY t = 'null'",
                        options: "-list -noheader")
                    #expect(status == 0)
                    #expect(
                        types.split(separator: "\n").map(String.init)
                            == [column.type] + (column.mayBeNull ? ["null"] : []), "\(view).\(column.name)")
                }
            }
        }
    }

    // MARK: - A journal in which every question has an answer

    /// Days that have passed are taken in from lines of an export, and today is lived by an engine, which has the journal
    /// open while it is asked.
    private func withJournal(_ body: (String) throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "modeljournal-sql-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = folder + "/journal.sqlite"
        let lines = folder + "/past.ndjson"
        try Story().lines().write(toFile: lines, atomically: true, encoding: .utf8)
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: lines))
        _ = try JournalImport(path: journal).perform(from: file.fileDescriptor, name: "past.ndjson")
        try file.close()

        let engine = try EngineJournal(path: journal)
        // Halfway between midnight and now, so that it is today at any hour.
        let now = WallTime.now
        let noon = now.microseconds - now.microseconds % 86_400_000_000 / 2
        func at(_ seconds: Double) -> WallTime { WallTime(microseconds: noon + Int64(seconds * 1_000_000)) }
        func append(
            _ model: String, _ steps: [(Trigger, ModelState, WallTime, Duration?, Failure?, WallTime?)]
        ) async throws {
            // With what the runs before had.
            let claimed = try await engine.claim(
                RunConfiguration(
                    model: model, provider: "server", options: ["command": Story.command(model, threads: 8)],
                    warmup: WarmupConfiguration(level: .full), retry: RetryPolicy(maximumRetries: 2)))
            let run = RunIdentity(runID: RunID(at: at(0)), correlationID: CorrelationID(at: now), attempt: 1)
            var state = claimed.state
            for (index, (trigger, to, time, elapsed, failure, retryAt)) in steps.enumerated() {
                try await claimed.recorder.append(
                    Transition(
                        run: run, ordinal: index + 1, from: state, to: to, trigger: trigger, at: time, elapsed: elapsed,
                        failure: failure, version: trigger == .loaded ? "1.8.0" : nil, retryAt: retryAt))
                state = to
            }
            var process = RunNote(.process)
            process.processID = 4711
            process.version = "1.8.0"
            let worker = RunNote(
                .worker, message: "worker 12 ended, replaced by 13 after 8 s", output: "worker 13 started\n",
                evidence: FailureEvidence(rssPeakBytes: 1 << 30))
            for note in [process, worker] {
                try await claimed.recorder.append(note, at: at(1), of: run.runID)
            }
        }
        try await append(
            "speech",
            [
                (.initialize, .loading, at(0), nil, nil, nil),
                (.loaded, .warmingUp, at(2.7), .seconds(2.7), nil, nil),
                (.warmed, .ready, at(3), .seconds(0.3), nil, nil),
            ])
        let refused = Failure(.spawnFailed, "no program of that name: llama-server")
        try await append(
            "summary",
            [
                (.initialize, .loading, at(0), nil, nil, nil),
                (
                    .loadFailed, .error, at(0.1), .seconds(0.1), refused,
                    WallTime(microseconds: now.microseconds + 240_000_000)
                ),
            ])
        try body(journal)
        try engine.close()
    }
}

/// The program that people have.
private enum SQLiteProgram {
    static let isThere = shell("command -v sqlite3").status == 0

    /// - Parameter options: by default columns with their names, as the page shows them.
    static func ask(_ journal: String, _ sql: String, options: String = "-column -header") throws -> (String, Int32) {
        let file = journal + "-question"
        try sql.write(toFile: file, atomically: true, encoding: .utf8)
        // Without what the user's own settings would make of the output.
        return shell("sqlite3 -readonly -batch -bail -init /dev/null \(options) '\(journal)' < '\(file)'")
    }

    /// What a command says, errors too, and how it ends.
    private static func shell(_ command: String) -> (output: String, status: Int32) {
        guard let pipe = popen("{ \(command); } 2>&1", "r") else { return ("popen: \(errno)", -1) }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { output += buffer[..<count] }
        return (String(decoding: output, as: UTF8.self), pclose(pipe))
    }
}

/// Three days on one machine, as `export` would put them out.
private struct Story {
    private struct Engine {
        var id: String
        /// The machine was started anew between two of them.
        var boot: String
    }

    private struct Step {
        var trigger: String
        var to: String
        /// After so many seconds in the state before.
        var after: Double
        var fields: [String: Any] = [:]

        func with(_ more: [String: Any]) -> Step {
            var step = self
            step.fields.merge(more) { $1 }
            return step
        }
    }

    private static func loaded(_ seconds: Double, _ version: String?, to: String = "WARMING_UP") -> Step {
        Step(
            trigger: "loaded", to: to, after: seconds,
            fields: [
                "version": version as Any, "queue_ms": 2.5, "digest_ms": 150, "spawn_ms": 40, "server_pid": 4711,
                "model_identity": [
                    "bytes": 147_951_465, "modified_at": "2026-09-01T08:00:00.000000Z",
                    "digest": String(repeating: "5a", count: 32),
                ],
            ])
    }

    /// - Parameter requests: how long each took, in ms.
    private static func warmed(_ requests: [Double]) -> Step {
        Step(
            trigger: "warmed", to: "READY", after: requests.reduce(0, +) / 1000,
            fields: ["warmup_requests": requests.enumerated().map { ["ordinal": $0 + 1, "elapsed_ms": $1] }])
    }

    private static func unloaded(after seconds: Double) -> [Step] {
        [
            Step(trigger: "unload", to: "UNLOADING", after: seconds),
            Step(trigger: "unloaded", to: "UNINITIALIZED", after: 0.2),
        ]
    }

    private static func failed(
        _ trigger: String, _ reason: String, _ message: String, after seconds: Double, to: String = "ERROR"
    ) -> Step {
        Step(trigger: trigger, to: to, after: seconds, fields: ["reason": reason, "message": message])
    }

    private var rows: [[String: Any]] = []
    private var states: [String: String] = [:]
    private var runs = 0
    private let midnight = (Date.now.timeIntervalSince1970 / 86400).rounded(.down) * 86400

    /// - Parameters:
    ///   - day: -1 for yesterday.
    ///   - begin: how the run begins, in UTC.
    private mutating func run(
        _ model: String, day: Int, _ begin: String, request: String, attempt: Int = 1, trigger: String = "initialize",
        threads: Int = 4, wanted: String? = nil, by engine: Engine, _ steps: [Step], recoveredBy next: Engine? = nil
    ) {
        runs += 1
        let clock = begin.split(separator: ":").compactMap { Double($0) }
        var at = midnight + Double(day) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
        let first = Step(trigger: trigger, to: "LOADING", after: 0)
        for (index, step) in ([first] + steps).enumerated() {
            at += step.after
            // Nobody has seen how long: neither the first engine nor the one that finds a dead one's run.
            let isSeen = (index > 0 || trigger == "retry") && step.trigger != "recovered"
            var row: [String: Any] = [
                "at": Self.text(at), "model": model, "provider": "server", "run_id": "run-\(runs)", "attempt": attempt,
                "correlation_id": request, "from_state": states[model] ?? "UNINITIALIZED", "to_state": step.to,
                "trigger": step.trigger, "host": "recorder", "ordinal": index + 1,
                "warmup_requests": [Any](), "after_gap": false,
            ]
            if isSeen { row["elapsed_ms"] = index == 0 ? 10_000 : step.after * 1000 }
            if index == 0 {
                row["configuration"] = Self.configuration(model, threads: threads)
                row["wanted"] = wanted
            }
            let writer = step.trigger == "recovered" ? next ?? engine : engine
            row["engine_id"] = writer.id
            row["pid"] = 100
            row["engine"] = [
                "program_version": "0.1.0", "started_at": Self.text(midnight - 4 * 86400), "boot_id": writer.boot,
            ]
            rows.append(row.merging(step.fields) { $1 })
            states[model] = step.to
        }
    }

    private static func text(_ time: Double) -> String {
        let microseconds = Int((time * 1_000_000).rounded())
        let second = Date(timeIntervalSince1970: Double(microseconds / 1_000_000)).formatted(.iso8601)
        return second.dropLast() + String(format: ".%06dZ", microseconds % 1_000_000)
    }

    static func command(_ model: String, threads: Int) -> String {
        "[\"\(model)-server\",\"--threads\",\"\(threads)\"]"
    }

    private static func configuration(_ model: String, threads: Int) -> [String: Any] {
        [
            "model": model, "provider": "server",
            "options": ["command": command(model, threads: threads)],
            "warmup": ["level": "full", "policy": "fail", "full_count": 5, "sample_rate": 16000, "audio_ms": 2000],
            "startup_timeout_ms": 300_000, "unload_timeout_ms": 10000,
            "retry": [
                "maximum_retries": 2, "backoff_ms": 10000, "maximum_delay_ms": 300_000, "stable_after_ms": 600_000,
            ],
        ]
    }

    func lines() throws -> String {
        var story = self
        story.tell()
        return try story.rows.map {
            String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) + "\n"
        }.joined()
    }

    private mutating func tell() {
        let monday = Engine(id: "engine-1", boot: "boot-1")
        let tuesday = Engine(id: "engine-2", boot: "boot-2")
        let evening = Engine(id: "engine-3", boot: "boot-2")

        // A morning as it should be, and the kernel taking the server's memory in the afternoon.
        run(
            "speech", day: -3, "09:00:00", request: "morning", by: monday,
            [Self.loaded(4.2, "1.7.1"), Self.warmed([210, 45, 44, 41, 40])] + Self.unloaded(after: 10800))
        let killed = Self.failed(
            "provider_exited", "OOMKilled", "the kernel killed the server for its memory", after: 5400)
        run(
            "speech", day: -3, "13:00:00", request: "afternoon", by: monday,
            [Self.loaded(4.4, "1.7.1"), Self.warmed([230, 46, 44, 40, 40]), killed.with(["signal": 9])])
        run(
            "speech", day: -3, "14:30:15", request: "afternoon", attempt: 2, trigger: "retry", by: monday,
            [Self.loaded(4.1, "1.7.1"), Self.warmed([220, 44, 43, 42, 41])] + Self.unloaded(after: 7200))

        // A new version with more threads; then the power fails.
        run(
            "speech", day: -2, "09:00:00", request: "new-version", threads: 8, by: monday,
            [Self.loaded(2.6, "1.8.0"), Self.warmed([200, 40, 38, 36, 36])] + Self.unloaded(after: 14400))
        run(
            "speech", day: -2, "14:00:00", request: "power", threads: 8, by: monday,
            [
                Self.loaded(2.7, "1.8.0"), Self.warmed([640, 180, 39, 38, 37]),
                Self.failed(
                    "recovered", "Interrupted", "engine engine-1 (pid 100 on recorder) ended while READY", after: 21600),
            ], recoveredBy: tuesday)
        run(
            "speech", day: -2, "20:00:10", request: "power", attempt: 2, trigger: "resume", threads: 8, by: tuesday,
            [Self.loaded(2.9, "1.8.0"), Self.warmed([205, 41, 40, 38, 36])] + Self.unloaded(after: 3600))

        // A warm-up that fails twice.
        let refused = Self.failed(
            "warmup_failed", "WarmupFailed", "POST /completion answered 500: out of memory", after: 0.5)
        for attempt in 1...2 {
            run(
                "translation", day: -1, "09:00:\(attempt)0", request: "translate", attempt: attempt,
                trigger: attempt == 1 ? "initialize" : "retry", by: tuesday, [Self.loaded(0.9, "2.0"), refused])
        }
        run(
            "translation", day: -1, "09:00:30", request: "translate", attempt: 3, trigger: "retry", by: tuesday,
            [Self.loaded(0.9, "2.0"), Self.warmed([90, 30, 30, 30, 20])] + Self.unloaded(after: 1800))
        // One that failed under the policy warn, one without a warm-up, and one that somebody gave up.
        run(
            "translation", day: -1, "10:00:00", request: "warned", by: tuesday,
            [Self.loaded(1.0, "2.0"), Self.failed("warmup_failed", "WarmupFailed", "timed out", after: 5, to: "READY")]
                + Self.unloaded(after: 600))
        run(
            "translation", day: -1, "10:20:00", request: "cold", by: tuesday,
            [Self.loaded(1.1, "2.0", to: "READY")] + Self.unloaded(after: 60))
        run(
            "translation", day: -1, "10:30:00", request: "given-up", by: tuesday,
            [
                Self.failed("unload", "Cancelled", "unloaded while LOADING", after: 0.4, to: "UNLOADING"),
                Step(trigger: "unloaded", to: "UNINITIALIZED", after: 0.1),
            ])
        run(
            "draft", day: -1, "10:35:00", request: "draft", by: tuesday,
            [
                Self.failed("unload", "Cancelled", "unloaded while LOADING", after: 9, to: "UNLOADING"),
                Step(trigger: "unloaded", to: "UNINITIALIZED", after: 0.1),
            ])
        // A server that is killed, and one that ends, in the warm-up.
        for (begin, fields) in [("10:40:00", ["signal": 11]), ("10:50:00", ["exit_code": 134])] {
            run(
                "translation", day: -1, begin, request: "crash-\(begin)", by: tuesday,
                [
                    Self.loaded(1.0, "2.0"),
                    Self.failed("provider_exited", "ProcessExited", "the server ended", after: 0.2).with(fields),
                ])
        }

        // A model that cannot be had, and the one that takes its place, whose engine is killed.
        run(
            "large", day: -1, "12:00:00", request: "fallback", by: tuesday,
            [
                Self.failed(
                    "load_failed", "ProcessExited", "server exited with status 1 before it was ready", after: 3
                ).with(["exit_code": 1])
            ])
        run(
            "speech", day: -1, "12:00:04", request: "fallback", trigger: "fallback", threads: 8, wanted: "large",
            by: tuesday, [Self.loaded(2.8, "1.8.0"), Self.warmed([210, 42, 40, 38, 36])] + Self.unloaded(after: 7200))
        run(
            "speech", day: -1, "15:00:00", request: "killed", threads: 8, by: tuesday,
            [
                Self.loaded(2.8, "1.8.0"),
                Self.failed(
                    "recovered", "Interrupted", "engine engine-2 (pid 100 on recorder) ended while WARMING_UP",
                    after: 120),
            ], recoveredBy: evening)
        // A model that only ever stands in for another, and whose server tells no version.
        run(
            "small", day: -1, "16:00:00", request: "evening", trigger: "fallback", wanted: "large", by: evening,
            [Self.loaded(0.4, nil), Self.warmed([50, 20, 20, 20, 20])] + Self.unloaded(after: 3600))
    }
}
