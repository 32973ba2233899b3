package import JournalReports
import LifecycleJournal
import ModelLifecycle
import OutputReading

// The post-mortem in JSON; names are public, and are only ever added to.

extension Postmortem {
    /// - Parameter invocation: how the program was called that puts it out.
    package func value(_ invocation: Invocation) -> OutputValue {
        let run = story.run
        let cause = FailureCause(story)
        var members: [(String, OutputValue)] = [
            ("run", run.value), ("failed_phase", .optional(run.failedPhase?.text)),
            ("reason", .optional(run.reason?.text)),
            ("message", .optional(run.message)), ("cause", .string(cause.sentence)), ("root_cause", cause.value),
        ]
        members += [
            ("evidence", evidence), ("streak", streak.value), ("last_good_run", lastGoodRun?.value ?? .null),
            ("changed_since_last_good", .array(changes.map(\.value))),
            ("compared_to_history", comparison?.value ?? .null),
            ("usual_warmup_request", usualWarmupRequest?.usual ?? .null),
            ("timeline", .array(story.transitions.map(\.value))), ("next_step", nextStep(invocation).value),
        ]
        return .object(members)
    }

    private var evidence: OutputValue {
        let run = story.run
        var known = run.evidence ?? FailureEvidence()
        known.modelFile = story.modelFile
        return .object(
            [("exit_code", .optional(run.exitCode)), ("signal", .optional(run.signal))]
                + known.members + [
                    ("output_tail", .optional(story.outputTail)),
                    ("warmup_requests", .array(story.warmups.map(\.value))),
                ])
    }
}

extension Postmortem.Streak {
    fileprivate var value: OutputValue {
        let first: OutputValue = .object([
            ("run_id", .string(firstFailure.runID)),
            ("at", .string((firstFailure.endedAt ?? firstFailure.startedAt).rfc3339)),
            ("reason", .optional(firstFailure.reason?.text)), ("message", .optional(firstFailure.message)),
        ])
        return .object([
            ("count", .integer(count)), ("first_failure", first), ("same_reason", .bool(sameReason)),
        ])
    }
}

extension Postmortem.Change {
    fileprivate var value: OutputValue {
        .object([
            ("what", .string(what)), ("before", before.map { .json($0) } ?? .null),
            ("after", after.map { .json($0) } ?? .null),
        ])
    }
}

extension Postmortem.Comparison {
    fileprivate var value: OutputValue {
        .object([
            ("phase", .string(phase.text)), ("elapsed_ms", .milliseconds(elapsed)), ("count", .integer(count)),
            ("p50_ms", .milliseconds(p50)), ("p99_ms", .milliseconds(p99)),
        ])
    }
}

extension DurationStatistics {
    fileprivate var usual: OutputValue {
        .object([("count", .integer(count)), ("p50_ms", .milliseconds(p50)), ("p99_ms", .milliseconds(p99))])
    }
}

extension FailureCause {
    /// What the server said about it, with the numbers of its lines in the output, from 1.
    fileprivate var value: OutputValue {
        guard let cause = reading.cause else { return .null }
        func member(_ finding: OutputReading.Finding) -> [(String, OutputValue)] {
            [("text", .string(finding.text)), ("line", .integer(finding.line + 1))]
        }
        return .object(
            member(cause) + [("then", reading.consequence.map { .object(member($0)) } ?? .null)])
    }
}

extension NextStep {
    fileprivate var value: OutputValue {
        .object([("advice", .string(advice)), ("command", .optional(command))])
    }
}
