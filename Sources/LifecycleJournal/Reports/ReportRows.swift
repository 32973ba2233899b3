import GRDB
package import ModelLifecycle

/// One transition as it is reported.
package struct TransitionRow: Sendable, Hashable {
    package var seq: Int64
    package var at: WallTime
    package var model: String
    package var provider: String
    package var runID: String
    package var attempt: Int
    package var correlationID: String
    package var from: String
    package var to: String
    package var trigger: String
    package var reason: String?
    package var message: String?
    /// Microseconds spent in `from`.
    package var elapsed: Int64?
    package var exitCode: Int?
    package var signal: Int?
    package var engineID: String
    package var pid: Int
    package var host: String

    /// - Parameter row: of the view `transition_rows`.
    init(row: Row) {
        seq = row["seq"]
        at = WallTime(microseconds: row["at_us"])
        model = row["model"]
        provider = row["provider"]
        runID = row["run_id"]
        attempt = row["attempt"]
        correlationID = row["correlation_id"]
        from = row["from_state"]
        to = row["to_state"]
        trigger = row["trigger"]
        reason = row["reason"]
        message = row["message"]
        elapsed = row["elapsed_us"]
        exitCode = row["exit_code"]
        signal = row["signal"]
        engineID = row["engine_id"]
        pid = row["pid"]
        host = row["host"]
    }
}

/// How a run ended, or that it has not.
package enum RunOutcome: String, Sendable, CaseIterable {
    case inProgress = "in_progress"
    case ready
    case unloaded
    case failed
    case cancelled
    case interrupted
}

/// One run as it is reported; all durations in microseconds.
package struct RunRow: Sendable, Hashable {
    package var id: Int64
    package var runID: String
    package var model: String
    package var provider: String
    package var version: String?
    package var attempt: Int
    package var correlationID: String
    package var startedAt: WallTime
    package var endedAt: WallTime?
    package var state: String
    package var outcome: String
    package var startup: Int64?
    package var load: Int64?
    package var warmup: Int64?
    package var ready: Int64?
    package var failedPhase: String?
    package var reason: String?
    package var message: String?
    package var exitCode: Int?
    package var signal: Int?
    package var engineID: String
    package var pid: Int
    package var host: String
    /// The model in whose place this one was loaded.
    package var wanted: String?
    /// False where the engine has died and no other one has recorded the interruption yet.
    package var isSettled = true
    /// Parts of `load`, microseconds: until the provider could begin, to read the files for their
    /// digest, and until the model's process existed.
    package var queue: Int64?
    package var digest: Int64?
    package var spawn: Int64?
    package var serverPID: Int?
    package var identity: ModelIdentity?
    /// What was found where the run failed.
    package var evidence: FailureEvidence?

    /// - Parameter row: of the view `run_rows`.
    init(row: Row) {
        id = row["id"]
        runID = row["run_id"]
        model = row["model"]
        provider = row["provider"]
        version = row["version"]
        attempt = row["attempt"]
        correlationID = row["correlation_id"]
        startedAt = WallTime(microseconds: row["started_us"])
        endedAt = (row["ended_us"] as Int64?).map(WallTime.init(microseconds:))
        state = row["state"]
        outcome = row["outcome"]
        startup = row["startup_us"]
        load = row["load_us"]
        warmup = row["warmup_us"]
        ready = row["ready_us"]
        failedPhase = row["failed_phase"]
        reason = row["reason"]
        message = row["message"]
        exitCode = row["exit_code"]
        signal = row["signal"]
        engineID = row["engine_id"]
        pid = row["pid"]
        host = row["host"]
        wanted = row["wanted"]
        queue = row["queue_us"]
        digest = row["digest_us"]
        spawn = row["spawn_us"]
        serverPID = row["server_pid"]
        // Evidence that a later program wrote in another form is no reason not to report the run.
        evidence = (row["evidence"] as String?).flatMap { try? EvidenceJSON(json: $0).evidence }
        if let bytes: Int64 = row["model_bytes"], let modified: Int64 = row["model_modified_us"] {
            identity = ModelIdentity(
                bytes: bytes, modifiedAt: WallTime(microseconds: modified), digest: row["model_digest"])
        }
    }
}

/// One warm-up inference as it is reported.
package struct WarmupRow: Sendable, Hashable {
    package var ordinal: Int
    /// Microseconds.
    package var elapsed: Int64
    package var error: String?
}
