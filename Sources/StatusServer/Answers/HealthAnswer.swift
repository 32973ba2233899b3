import JournalRendering
import LifecycleJournal
import ModelLifecycle

/// What health checks are told, as JSON; names are public, and are only ever added to.
struct HealthAnswer {
    let models: [ModelView]

    /// - Parameter models: those that nobody wants READY any more count only where there is no other.
    init(models: [ModelView]) {
        let wanted = models.filter { !$0.isPutAway }
        self.models = wanted.isEmpty ? models : wanted
    }

    /// Whether every model is served.
    var isReady: Bool { !models.isEmpty && models.allSatisfy(\.isServed) }

    /// Whether every model has been READY once: what comes later is no matter of the start.
    var hasStarted: Bool { !models.isEmpty && models.allSatisfy { $0.wasReady || $0.isServed } }

    /// The one that says why not; the first one where all are ready.
    private var telling: ModelView? { models.first { !$0.isServed } ?? models.first }

    /// `/health`, `/readyz`.
    var readiness: OutputValue { value(isGood: isReady) }

    /// `/startupz`.
    var startup: OutputValue { value(isGood: hasStarted) }

    private func value(isGood: Bool) -> OutputValue {
        let telling = telling
        var members: [(String, OutputValue)] = [
            ("status", .string(isGood ? "ok" : "unavailable")), ("ready", .bool(isReady)),
            ("state", .optional(telling?.state.rawValue)),
            ("reason", .optional(models.isEmpty ? "NoModel" : telling?.whyNot)),
            ("message", .optional(models.isEmpty ? "no model has been asked for yet" : telling?.shownMessage)),
            ("model", .optional(telling?.model)), ("run_id", .optional(telling?.runID)),
            ("next_retry_at", .optional(telling?.nextRetryAt.map(\.rfc3339))),
        ]
        if models.count > 1 {
            members.append(
                (
                    "models",
                    .array(
                        models.map { model in
                            .object([
                                ("model", .string(model.model)), ("state", .string(model.state.rawValue)),
                                ("ready", .bool(model.isReady)), ("reason", .optional(model.whyNot)),
                                ("served_by", .optional(model.servedBy)),
                            ])
                        })
                ))
        }
        return .object(members)
    }
}

extension ModelView {
    /// Why it is not READY; nil where it is, though its last failure may be known.
    fileprivate var whyNot: String? { isReady ? nil : reason }

    fileprivate var shownMessage: String? { isReady ? nil : message.map { Redaction.redact($0) } }

    /// `/model-status`.
    var health: OutputValue {
        let failure: OutputValue =
            reason.map { reason in
                .object([("reason", .string(reason)), ("message", .optional(message.map { Redaction.redact($0) }))])
            } ?? .null
        return .object([
            ("model", .string(model)), ("provider", .string(provider)), ("state", .string(state.rawValue)),
            ("ready", .bool(isReady)), ("model_loaded", .bool(isLoaded)), ("warmup_complete", .bool(isWarm)),
            ("load_time_ms", .milliseconds(loadTime)), ("warmup_time_ms", .milliseconds(warmupTime)),
            ("last_error", failure),
            (
                "process_rss_mb",
                .optional(processID.flatMap { ResidentMemory.megabytes(of: $0) }.map { ($0 * 10).rounded() / 10 })
            ), ("journal_degraded", .bool(isJournalDegraded)), ("run_id", .optional(runID)),
            ("attempt", .optional(attempt)), ("correlation_id", .optional(correlationID.map { Redaction.redact($0) })),
            ("next_retry_at", .optional(nextRetryAt.map(\.rfc3339))), ("wanted", .optional(wanted)),
            ("served_by", .optional(servedBy)),
        ])
    }
}
