package import JournalCare
package import JournalReports
package import LifecycleJournal
package import ModelLifecycle

// The JSON of contract: names here are public, and are only ever added to.

extension TransitionRow {
    package var value: OutputValue { .object(members) }

    package var members: [(String, OutputValue)] {
        var members: [(String, OutputValue)] = []
        members.reserveCapacity(Self.shown.count + 8)
        for (place, column) in Self.shown.enumerated() {
            // Its number and its time come first.
            if place == 2 {
                members.append(("model", .string(model)))
                members.append(("provider", .string(provider)))
                members.append(("run_id", .string(runID)))
                members.append(("attempt", .integer(attempt)))
                members.append(("correlation_id", .string(correlationID)))
            }
            members.append((column.member, content.value(of: column)))
        }
        members.append(("engine_id", .string(engineID)))
        members.append(("pid", .integer(pid)))
        members.append(("host", .string(host)))
        return members
    }

    package static let columns = TransitionRow(
        ChainRow(ordinal: 1, at: 0, from: "", to: "", trigger: ""), model: "", provider: "", runID: "", attempt: 1,
        correlationID: "", engineID: "", pid: 0, host: ""
    ).members.map(\.0)

    private static let shown = TransitionColumn.reaching(.history)
}

extension ChainRow {
    /// These columns in JSON; those with a common first name are one object.
    fileprivate func members(of columns: [TransitionColumn]) -> [(String, OutputValue)] {
        var members: [(String, OutputValue)] = []
        var inner: [(String, OutputValue)] = []
        for (place, column) in columns.enumerated() {
            let value = value(of: column)
            guard let name = column.innerMember else {
                members.append((column.member, value))
                continue
            }
            inner.append((name, value))
            if place + 1 < columns.count, columns[place + 1].member == column.member { continue }
            // What has nothing but null is not known.
            members.append((column.member, inner.contains { !$0.1.isNull } ? .object(inner) : .null))
            inner = []
        }
        return members
    }

    fileprivate func value(of column: TransitionColumn) -> OutputValue {
        switch column.value {
        // A row that was never stored has no number.
        case .integer(let get, _) where column.name == "seq" && get(self) == 0: .null
        case .integer(let get, _): Self.value(get(self), column.form)
        case .optionalInteger(let get, _): get(self).map { Self.value($0, column.form) } ?? .null
        case .text(let get, _): .string(get(self))
        case .optionalText(let get, _):
            column.form == .json
                ? get(self).flatMap(FailureEvidence.init(json:))?.value ?? .null
                : .optional(get(self))
        }
    }

    private static func value(_ number: Int64, _ form: TransitionColumn.Form) -> OutputValue {
        switch form {
        case .plain, .json: .integer(number)
        case .milliseconds: .milliseconds(number)
        case .time: .string(WallTime(microseconds: number).rfc3339)
        case .flag: .bool(number != 0)
        }
    }
}

extension ExportedTransition {
    package var value: OutputValue {
        .object(
            row.members + row.content.members(of: Self.further) + [
                ("wanted", .optional(wanted)), ("warmup_requests", .array(warmups.map(\.value))),
                ("notes", .array(notes.map(\.value))), ("configuration", configuration.map { .json($0) } ?? .null),
                ("engine", engine?.value ?? .null),
            ])
    }

    private static let further = TransitionColumn.exported.filter { $0.reach < .history }
}

extension ExportedEngine {
    package var value: OutputValue {
        .object([
            ("program_version", .string(programVersion)), ("started_at", .string(startedAt.rfc3339)),
            ("process_start", processStart.map { .integer($0) } ?? .null),
            ("pid_namespace", .optional(pidNamespace)), ("boot_id", .optional(bootID)),
        ])
    }
}

extension FailureEvidence {
    package var members: [(String, OutputValue)] {
        [
            ("oom_kill", .optional(oomKill?.rawValue)), ("memory_kills", .optional(memoryKills)),
            ("killed_pids", killedProcessIDs.map { .array($0.map { .integer(Int($0)) }) } ?? .null),
            ("rss_peak_bytes", .optional(rssPeakBytes.map(Int.init))),
            ("tree_peak_bytes", .optional(treePeakBytes.map(Int.init))),
            ("memory_limit_bytes", .optional(memoryLimitBytes.map(Int.init))),
            ("memory_group_peak_bytes", .optional(memoryGroupPeakBytes.map(Int.init))),
            ("memory_available_bytes", .optional(memoryAvailableBytes.map(Int.init))),
            ("last_probe", .optional(lastProbe)), ("probe_target", .optional(probeTarget)),
            ("probe_status", .optional(probeStatus)), ("probe_repeats", .optional(probeRepeats)),
            ("probe_location", .optional(probeLocation)),
            ("answer", .optional(answer)),
            ("listening", listeningAddresses.map { .array($0.map { .string($0) }) } ?? .null),
            ("port_holder_pid", .optional(portHolder.map { Int($0.pid) })),
            ("port_holder_program", .optional(portHolder?.program)),
            ("dropped_output_bytes", .optional(droppedOutputBytes)),
            ("output_lines_since_ready", .optional(outputLinesSinceReady)),
            ("killed_after_stop_timeout", killedAfterStopTimeout.map { .bool($0) } ?? .null),
            ("model_file", modelFile?.value ?? .null),
        ]
    }

    package var value: OutputValue { .object(members) }
}

extension ModelIdentity {
    package var value: OutputValue {
        .object([
            ("bytes", .integer(bytes)), ("modified_at", .string(modifiedAt.rfc3339)),
            ("digest", .optional(digest)),
        ])
    }
}

extension RunRow {
    package var members: [(String, OutputValue)] {
        [
            ("run_id", .string(runID)), ("model", .string(model)), ("provider", .string(provider)),
            ("version", .optional(version)), ("attempt", .integer(attempt)),
            ("correlation_id", .string(correlationID)), ("started_at", .string(startedAt.rfc3339)),
            ("ended_at", .optional(endedAt.map(\.rfc3339))), ("state", .string(state.text)),
            ("outcome", .string(outcome.text)), ("startup_ms", .milliseconds(startup)),
            ("load_ms", .milliseconds(load)), ("warmup_ms", .milliseconds(warmup)),
            ("ready_ms", .milliseconds(ready)), ("failed_phase", .optional(failedPhase?.text)),
            ("reason", .optional(reason?.text)), ("message", .optional(message)), ("exit_code", .optional(exitCode)),
            ("signal", .optional(signal)), ("engine_id", .string(engineID)), ("host", .string(host)),
            ("wanted", .optional(wanted)),
        ]
    }

    package var value: OutputValue { .object(members) }

    package static let columns = [
        "run_id", "model", "provider", "version", "attempt", "correlation_id", "started_at", "ended_at", "state",
        "outcome", "startup_ms", "load_ms", "warmup_ms", "ready_ms", "failed_phase", "reason", "message", "exit_code",
        "signal", "engine_id", "host", "wanted",
    ]
}

extension WarmupRow {
    package var value: OutputValue {
        .object([
            ("ordinal", .integer(ordinal)), ("elapsed_ms", .milliseconds(elapsed)), ("error", .optional(error)),
        ])
    }
}

extension RunStory {
    package var value: OutputValue {
        .object(
            run.members + [
                ("transitions", .array(transitions.map(\.value))),
                ("warmup_requests", .array(warmups.map(\.value))), ("configuration", .json(configuration)),
                ("output_tail", .optional(outputTail)), ("notes", .array(notes.map(\.value))),
                ("warnings", .array(warnings.map { .string($0) })), ("phases", StartupPhases(self)?.value ?? .null),
                ("server_pid", .optional(run.serverPID)),
                ("model_identity", run.identity?.value ?? .null), ("model_file", modelFile?.value ?? .null),
            ])
    }
}

extension StartupPhases {
    package var value: OutputValue {
        .object([
            ("queue_ms", .milliseconds(queue)), ("digest_ms", .milliseconds(digest)),
            ("spawn_ms", .milliseconds(spawn)), ("load_ms", .milliseconds(load)),
            ("warmup_ms", .milliseconds(warmup)), ("residual_ms", .milliseconds(residual)),
        ])
    }
}

extension DurationStatistics {
    package var value: OutputValue {
        .object([
            ("count", .integer(count)), ("mean", .number(mean.rounded() / 1000)), ("min", .milliseconds(min)),
            ("p50", .milliseconds(p50)), ("p90", .milliseconds(p90)), ("p95", .milliseconds(p95)),
            ("p99", .milliseconds(p99)), ("max", .milliseconds(max)),
        ])
    }

    package static let empty: OutputValue = .object([
        ("count", .integer(0)), ("mean", .null), ("min", .null), ("p50", .null), ("p90", .null), ("p95", .null),
        ("p99", .null), ("max", .null),
    ])
}

extension StartupStatistics {
    package var value: OutputValue {
        .object([
            ("model", .string(model)), ("provider", .string(provider)), ("version", .optional(version)),
            ("host", .optional(host)), ("day", .optional(day)), ("runs", .integer(runs)),
            ("reached_ready", .integer(reachedReady)), ("failed", .integer(failed)),
            ("cancelled", .integer(cancelled)), ("interrupted", .integer(interrupted)),
            ("success_rate", .optional(successRate)), ("load_ms", load?.value ?? DurationStatistics.empty),
            ("queue_ms", queue?.value ?? DurationStatistics.empty),
            ("digest_ms", digest?.value ?? DurationStatistics.empty),
            ("spawn_ms", spawn?.value ?? DurationStatistics.empty),
            ("warmup_ms", warmup?.value ?? DurationStatistics.empty),
            ("startup_ms", startup?.value ?? DurationStatistics.empty), ("speed", speed?.value ?? .null),
            (
                "failures",
                .array(
                    failures.map { failure in
                        .object([
                            ("reason", .string(failure.reason)), ("count", .integer(failure.count)),
                            ("last_at", .string(failure.lastAt.rfc3339)),
                            ("last_message", .optional(failure.lastMessage)),
                        ])
                    })
            ),
        ])
    }
}

extension ServerSpeed {
    fileprivate var value: OutputValue {
        .object([
            ("prompt_tokens_per_s", prompt?.value ?? .null), ("generated_tokens_per_s", generated?.value ?? .null),
        ])
    }
}

extension ServerSpeed.Rates {
    fileprivate var value: OutputValue {
        .object([
            ("count", .integer(count)), ("min", .optional(min)), ("p50", .optional(p50)), ("max", .optional(max)),
        ])
    }
}

extension ModelStatus {
    package func value(now: WallTime) -> OutputValue {
        let expected = expectation.phase(state.known)
        return .object([
            ("model", .string(run.model)), ("provider", .string(run.provider)), ("state", .string(state.text)),
            ("ready", .bool(isReady)), ("since", .string(since.rfc3339)), ("run_id", .string(run.runID)),
            ("attempt", .integer(run.attempt)), ("correlation_id", .string(run.correlationID)),
            ("outcome", .string(run.outcome.text)), ("reason", .optional(run.reason?.text)),
            ("message", .optional(run.message)), ("startup_ms", .milliseconds(run.startup)),
            ("in_state_ms", .milliseconds(max(0, now.microseconds - since.microseconds))),
            (
                "expected_ms",
                expected.map { .object([("p50", .milliseconds($0.p50)), ("p99", .milliseconds($0.p99))]) } ?? .null
            ),
            (
                "owner",
                owner.map { owner in
                    .object([
                        ("engine_id", .string(owner.engineID)), ("pid", .integer(owner.pid)),
                        ("host", .string(owner.host)), ("liveness", .string(owner.liveness.rawValue)),
                    ])
                } ?? .null
            ), ("interruptions_in_a_row", .integer(interruptionsInARow)), ("crash_loop", .bool(isCrashLoop)),
            ("next_retry_at", .optional(nextRetryAt.map(\.rfc3339))), ("wanted", .optional(run.wanted)),
            ("served_by", .optional(servedBy)), ("activity", .optional(activity)),
        ])
    }
}

extension NoteRow {
    package var value: OutputValue {
        .object([
            ("ordinal", .integer(ordinal)), ("after_ordinal", .integer(afterOrdinal)),
            ("at", .string(at.rfc3339)), ("kind", .string(kind)), ("message", .optional(message)),
            ("output", .optional(output)), ("evidence", evidence?.value ?? .null),
            ("server_pid", .optional(processID)), ("version", .optional(version)),
            ("model_identity", identity?.value ?? .null),
        ])
    }
}
