import GRDB
package import LifecycleJournal
package import ModelLifecycle

/// One transition as it is reported: its own columns, and what it names.
@dynamicMemberLookup
package struct TransitionRow: Sendable, Hashable {
    package var content: ChainRow
    package var model: String
    package var provider: String
    package var runID: String
    package var attempt: Int
    package var correlationID: String
    package var engineID: String
    package var pid: Int
    package var host: String

    /// Without secrets, which the content of an older or of another program may hold, be it of a journal or of a store.
    package init(
        _ content: ChainRow, model: String, provider: String, runID: String, attempt: Int, correlationID: String,
        engineID: String, pid: Int, host: String
    ) {
        self.content = content
        self.content.removeSecrets()
        self.model = model
        self.provider = provider
        self.runID = runID
        self.attempt = attempt
        self.correlationID = Redaction.redact(correlationID)
        self.engineID = engineID
        self.pid = pid
        self.host = host
    }

    /// - Parameter row: of the view `transition_rows`.
    package init(row: Row) throws { try self.init(row: row, TransitionColumn.listed) }

    /// - Parameters:
    ///   - row: of a view with the names of the run and the engine.
    ///   - columns: those of a transition that it has.
    package init(row: Row, _ columns: [TransitionColumn]) throws {
        let row = row.checked
        self.init(
            try ChainRow(row: row, columns), model: try row.text("model"), provider: try row.text("provider"),
            runID: try row.text("run_id"), attempt: try row.integer("attempt"),
            correlationID: try row.text("correlation_id"), engineID: try row.text("engine_id"),
            pid: try row.integer("pid"), host: try row.text("host"))
    }

    /// One of its own columns. For lists of many rows, `content` itself is quicker.
    package subscript<Value>(dynamicMember column: WritableKeyPath<ChainRow, Value>) -> Value {
        get { content[keyPath: column] }
        set { content[keyPath: column] = newValue }
    }

    package var at: WallTime { WallTime(microseconds: content.at) }
    package var from: Recorded<ModelState> { Recorded(content.from) }
    package var to: Recorded<ModelState> { Recorded(content.to) }
    package var trigger: Recorded<Trigger> { Recorded(content.trigger) }
    package var reason: Recorded<FailureReason>? { content.reason.map(Recorded.init) }

    /// True if earlier rows of the model are missing.
    package var isAfterGap: Bool {
        get { content.afterGap != 0 }
        set { content.afterGap = newValue ? 1 : 0 }
    }
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
    package var state: Recorded<ModelState>
    package var outcome: Recorded<RunOutcome>
    package var startup: Int64?
    package var load: Int64?
    package var warmup: Int64?
    package var ready: Int64?
    package var failedPhase: Recorded<ModelState>?
    package var reason: Recorded<FailureReason>?
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

    /// What else is known of it is filled in.
    package init(
        id: Int64, runID: String, model: String, provider: String, version: String?, attempt: Int,
        correlationID: String,
        startedAt: WallTime, endedAt: WallTime?, state: Recorded<ModelState>, outcome: Recorded<RunOutcome>,
        engineID: String, pid: Int,
        host: String
    ) {
        self.id = id
        self.runID = runID
        self.model = model
        self.provider = provider
        self.version = version.map(Redaction.redact)
        self.attempt = attempt
        self.correlationID = Redaction.redact(correlationID)
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.state = state
        self.outcome = outcome
        self.engineID = engineID
        self.pid = pid
        self.host = host
    }

    /// - Parameter row: of the view `run_rows`.
    package init(row: Row) throws {
        let row = row.checked
        id = try row["id"]
        runID = try row["run_id"]
        model = try row["model"]
        provider = try row["provider"]
        version = try row.shown("version")
        attempt = try row["attempt"]
        correlationID = try row.shown("correlation_id")
        startedAt = WallTime(microseconds: try row["started_us"])
        endedAt = try (row["ended_us"] as Int64?).map(WallTime.init(microseconds:))
        state = Recorded(try row["state"])
        outcome = Recorded(try row["outcome"])
        startup = try row["startup_us"]
        load = try row["load_us"]
        warmup = try row["warmup_us"]
        ready = try row["ready_us"]
        failedPhase = try (row["failed_phase"] as String?).map(Recorded.init)
        reason = try (row["reason"] as String?).map(Recorded.init)
        message = try row.shown("message")
        exitCode = try row["exit_code"]
        signal = try row["signal"]
        engineID = try row["engine_id"]
        pid = try row["pid"]
        host = try row["host"]
        wanted = try row["wanted"]
        queue = try row["queue_us"]
        digest = try row["digest_us"]
        spawn = try row["spawn_us"]
        serverPID = try row["server_pid"]
        // Evidence that a later program wrote in another form is no reason not to report the run.
        evidence = try (row["evidence"] as String?).flatMap { try? EvidenceJSON(json: $0).evidence }
        if let bytes: Int64 = try row["model_bytes"], let modified: Int64 = try row["model_modified_us"] {
            identity = ModelIdentity(
                bytes: bytes, modifiedAt: WallTime(microseconds: modified), digest: try row["model_digest"])
        }
    }
}

/// One warm-up inference as it is reported.
package struct WarmupRow: Sendable, Hashable {
    package var ordinal: Int
    /// Microseconds.
    package var elapsed: Int64
    package var error: String?

    package init(ordinal: Int, elapsed: Int64, error: String? = nil) {
        self.ordinal = ordinal
        self.elapsed = elapsed
        self.error = error
    }
}
