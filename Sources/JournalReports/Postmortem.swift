import Foundation
import GRDB
package import LifecycleJournal
package import ModelLifecycle

/// Why a run failed, with everything that helps to judge it.
package struct Postmortem: Sendable {
    package struct Streak: Sendable {
        /// Runs in a row that failed, or were interrupted before READY; this one included.
        package var count: Int
        /// The run that began it.
        package var firstFailure: RunRow
        /// Whether this run failed for the same reason as that one.
        package var sameReason: Bool
    }

    package struct Change: Sendable, Hashable {
        package var what: String
        /// JSON texts without secrets; nil where it was not set.
        package var before: String?
        package var after: String?
    }

    /// The time in LOADING or WARMING_UP, where the run failed, against the same phase of earlier runs;
    /// microseconds.
    package struct Comparison: Sendable, Hashable {
        package var phase: Recorded<ModelState>
        package var elapsed: Int64?
        package var count: Int
        package var p50: Int64?
        package var p99: Int64?
    }

    package var story: RunStory
    /// Microseconds in the phase in which the run ended; nil where nobody measured them.
    package var elapsed: Int64?
    package var streak: Streak
    /// The last run before this one that served: it reached READY and did not fail.
    package var lastGoodRun: RunRow?
    /// Whether this run or an earlier one of the model has been READY.
    package var wasEverReady: Bool
    package var changes: [Change]
    package var comparison: Comparison?
    /// Of single warm-up requests in earlier runs, good ones; nil where this run sent none, or they did.
    package var usualWarmupRequest: DurationStatistics?
    /// How often the model was interrupted in a row before READY, if the run is its last one and that is too often
    /// for `resume`.
    package var crashLoop: Int?
}

extension JournalReader {
    /// - Parameters:
    ///   - selector: nil for the latest run that failed or was interrupted.
    ///   - models: only runs of these; empty for all.
    /// - Returns: nil where no run has failed.
    /// - Throws: `JournalError` with code `invalidRequest` for a run that did not fail.
    package func postmortem(_ selector: RunSelector?, models: [String] = []) throws -> Postmortem? {
        try readUnsettled { db, unsettled in
            var filter = ReportFilter()
            filter.models = models
            if selector == nil { filter.outcomes = [.failed, .interrupted] }
            let found = try resolve(db, selector ?? .last(1), among: sql(db, filter, .runs))
            guard let id = found else { return nil }
            let story = try story(db, id, unsettled)
            guard story.run.outcome.known?.isFailure == true || story.run.reason != nil else {
                throw JournalError(
                    .invalidRequest, path, "run \(story.run.runID) did not fail (\(story.run.outcome))")
            }
            let good = try lastGoodRun(db, before: story.run)
            return Postmortem(
                story: story, elapsed: elapsed(story), streak: try streak(db, story.run, unsettled),
                lastGoodRun: good, wasEverReady: try wasEverReady(db, upTo: story.run),
                changes: try good.map { try changes(db, from: $0, to: story) } ?? [],
                comparison: try comparison(db, story), usualWarmupRequest: try usualWarmupRequest(db, story),
                crashLoop: try crashLoop(db, story.run))
        }
    }

    /// A run that served, in SQL over `run_progress`; what ended it later is no failure of the start.
    private static let served = "p.startup_us IS NOT NULL AND p.outcome <> 'failed'"

    private func streak(_ db: Database, _ run: RunRow, _ unsettled: UnsettledRuns) throws -> Postmortem.Streak {
        // A cancelled run says nothing about the model; one that served ends the streak. What is in flight, or
        // was when its engine died, is always the model's last run, and no earlier one.
        let failed = try Int64.fetchAll(
            db,
            sql: """
                SELECT p.run FROM run_progress AS p
                WHERE p.model_id = (SELECT id FROM model WHERE name = ?1) AND p.run <= ?2
                AND p.run > coalesce((
                    SELECT max(p.run) FROM run_progress AS p
                    WHERE p.model_id = (SELECT id FROM model WHERE name = ?1) AND p.run <= ?2 AND \(Self.served)), 0)
                AND p.outcome IN ('failed', 'interrupted') AND p.run < ?2
                ORDER BY p.run
                """, arguments: [run.model, run.id])
        let first = try failed.first.map { try runRow(db, $0, unsettled) } ?? run
        return Postmortem.Streak(
            count: failed.count + 1, firstFailure: first, sameReason: first.reason == run.reason)
    }

    private func lastGoodRun(_ db: Database, before run: RunRow) throws -> RunRow? {
        try Row.fetchOne(
            db,
            sql: """
                SELECT * FROM run_rows
                WHERE id = (
                    SELECT max(p.run) FROM run_progress AS p
                    WHERE p.model_id = (SELECT id FROM model WHERE name = ?) AND p.run < ? AND \(Self.served))
                """, arguments: [run.model, run.id]
        ).map(RunRow.init(row:))
    }

    private func wasEverReady(_ db: Database, upTo run: RunRow) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (
                    SELECT 1 FROM run_progress
                    WHERE model_id = (SELECT id FROM model WHERE name = ?) AND run <= ? AND startup_us IS NOT NULL)
                """, arguments: [run.model, run.id]) ?? false
    }

    /// As `resume` counts, which records this interruption first if no engine has yet.
    private func crashLoop(_ db: Database, _ run: RunRow) throws -> Int? {
        guard run.outcome == .interrupted, run.startup == nil else { return nil }
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT c.json, \(InterruptionsInARow.sql(before: "?2")) AS earlier
                FROM model AS m JOIN run AS r ON r.id = ?2 JOIN configuration AS c ON c.id = r.configuration_id
                WHERE m.name = ?1 AND r.id = (SELECT run FROM last_runs WHERE model_id = m.id)
                """, arguments: [run.model, run.id])
        // A model that has begun another run since has another question.
        guard let row, let configuration = RunConfiguration(recorded: try row.checked["json"]) else { return nil }
        let earlier: Int = try row.checked["earlier"]
        return earlier + 1 >= configuration.retry.interruptionLimit ? earlier + 1 : nil
    }

    private func elapsed(_ story: RunStory) -> Int64? {
        guard let phase = story.run.failedPhase else { return nil }
        return story.transitions.first { $0.from == phase && $0.to != .ready }?.elapsed
    }

    private func comparison(_ db: Database, _ story: RunStory) throws -> Postmortem.Comparison? {
        guard let phase = story.run.failedPhase else { return nil }
        switch phase.known {
        case .loading, .warmingUp: break
        // How long a model served, or was unloaded, is no matter of its start.
        case .ready, .unloading, .uninitialized, .error, nil: return nil
        }
        let configuration = try JournalConfigurations.decode(configuration(db, story.run.id), path: path)
        let expected = try PhaseExpectation(db, of: configuration, before: story.run.id).phase(phase.known)
        return Postmortem.Comparison(
            phase: phase, elapsed: elapsed(story), count: expected?.count ?? 0, p50: expected?.p50,
            p99: expected?.p99)
    }

    private func usualWarmupRequest(_ db: Database, _ story: RunStory) throws -> DurationStatistics? {
        guard !story.warmups.isEmpty else { return nil }
        let configuration = try JournalConfigurations.decode(configuration(db, story.run.id), path: path)
        // The recent past, as for the phases.
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT w.elapsed_us, r.configuration_id
                FROM run_progress AS p JOIN run AS r ON r.id = p.run JOIN warmup_request AS w ON w.run = p.run
                WHERE p.model_id = (SELECT id FROM model WHERE name = ?) AND p.run < ? AND w.error IS NULL
                ORDER BY p.run DESC LIMIT \(PhaseExpectation.recent)
                """, arguments: [story.run.model, story.run.id])
        // How many of them a run sends does not matter to a single one.
        let alike = try PhaseExpectation.alike(
            db, Set(try rows.map { try $0.checked["configuration_id"] }), configuration
        ) {
            $0.audioDuration == $1.audioDuration && $0.sampleRate == $1.sampleRate
        }
        return DurationStatistics(
            try rows.filter { try alike.contains($0.checked["configuration_id"]) }.compactMap {
                try $0.checked["elapsed_us"]
            })
    }

    private func changes(_ db: Database, from good: RunRow, to story: RunStory) throws -> [Postmortem.Change] {
        let recorded = try (configuration(db, good.id), configuration(db, story.run.id))
        let before = try flattened(recorded.0)
        let after = try flattened(recorded.1)
        // A secret that was changed is a change; what it was and is stays secret.
        let shown = try (
            flattened(RedactedConfiguration.json(recorded.0)), flattened(RedactedConfiguration.json(recorded.1))
        )
        var changes = Set(before.keys).union(after.keys).sorted().compactMap { key in
            // Journals of earlier versions do not say where a server ran: unknown is not changed.
            before[key] == after[key] || (key == "options.working_directory" && before[key] == nil)
                ? nil : Postmortem.Change(what: key, before: shown.0[key], after: shown.1[key])
        }
        let run = story.run
        for (what, old, new) in zip(facts(of: good), facts(of: run)).map({ ($0.0, $0.1, $1.1) })
        where old != new && new != nil {
            changes.append(Postmortem.Change(what: what, before: try old.map(json), after: try new.map(json)))
        }
        return changes
    }

    /// What else than the configuration may differ between two runs.
    private func facts(of run: RunRow) -> [(String, String?)] {
        let identity = run.identity
        return [
            ("version", run.version), ("host", run.host), ("model_bytes", identity.map { "\($0.bytes)" }),
            (
                "model_modified_at",
                identity.map { Date(timeIntervalSince1970: Double($0.modifiedAt.microseconds) / 1e6).ISO8601Format() }
            ), ("model_digest", identity?.digest),
        ]
    }

    private func json(_ value: Any) throws -> String {
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    /// `{"a":{"b":1}}` as `["a.b": "1"]`.
    private func flattened(_ text: String) throws -> [String: String] {
        var flat: [String: String] = [:]
        func visit(_ value: Any, _ name: String) throws {
            if let object = value as? [String: Any] {
                for (key, value) in object { try visit(value, name.isEmpty ? key : name + "." + key) }
            } else {
                flat[name] = try json(value)
            }
        }
        try visit(JSONSerialization.jsonObject(with: Data(text.utf8)), "")
        return flat
    }
}
