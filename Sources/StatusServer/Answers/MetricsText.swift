import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Everything that `/metrics` says, in Prometheus' text format 0.0.4. Counts and histograms are those of the whole
/// journal, so they go on where they stood when an engine is started again; pruning resets them.
struct MetricsText {
    private var text = ""

    /// Upper bounds of the histograms, in microseconds: from a small model in memory to one that takes half an hour.
    static let bounds: [Int64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 20_000_000, 30_000_000,
        60_000_000, 120_000_000, 300_000_000, 600_000_000, 1_800_000_000,
    ]

    // MARK: - From the journal

    /// What changes with the journal only.
    static func ofJournal(_ statistics: [StartupStatistics], _ durations: [StartDurations], lastSeq: Int64) throws
        -> String
    {
        var metrics = MetricsText()
        metrics.family("modeljournal_loads_total", "counter", "Starts that have ended, by how they ended.")
        for model in statistics {
            let outcomes = [
                ("ready", model.reachedReady), ("failed", model.failedStarts), ("cancelled", model.cancelled),
            ]
            for (outcome, count) in outcomes {
                metrics.sample("modeljournal_loads_total", model.labels + [("outcome", outcome)], "\(count)")
            }
        }
        metrics.family("modeljournal_unloads_total", "counter", "Runs that were ended by an unload, by why.")
        for model in statistics {
            for reason in UnloadReason.allCases {
                let count =
                    switch reason {
                    case .requested: model.unloaded
                    case .cancelled: model.cancelled
                    }
                metrics.sample(
                    "modeljournal_unloads_total", model.labels + [("reason", reason.rawValue)], "\(count)")
            }
        }
        metrics.family(
            "modeljournal_failures_total", "counter", "Runs that failed or were interrupted, by reason.")
        for model in statistics {
            // Also those that have not come yet: a counter that begins with 1 has never increased.
            let counts = Dictionary(model.failures.map { ($0.reason, $0.count) }) { $0 + $1 }
            for reason in Set(FailureReason.allCases.map(\.rawValue)).union(counts.keys).sorted() {
                metrics.sample(
                    "modeljournal_failures_total", model.labels + [("reason", reason)], "\(counts[reason] ?? 0)")
            }
        }
        let histograms: [(String, String, StartPhase)] = [
            ("modeljournal_model_load_duration_seconds", "Time in LOADING of starts that got past it.", .load),
            ("modeljournal_model_warmup_duration_seconds", "Time in WARMING_UP of starts that got past it.", .warmup),
            ("modeljournal_model_startup_duration_seconds", "Time from LOADING to READY.", .startup),
        ]
        for (name, help, phase) in histograms {
            metrics.family(name, "histogram", help)
            for model in durations { try metrics.histogram(name, model, phase) }
        }
        metrics.family("modeljournal_transitions_total", "counter", "The number of the journal's newest transition.")
        metrics.sample("modeljournal_transitions_total", [], "\(lastSeq)")
        return metrics.text
    }

    private mutating func histogram(_ name: String, _ model: StartDurations, _ phase: StartPhase) throws {
        let labels = [("model", model.model), ("provider", model.provider)]
        let counts = try model.counts(phase, upTo: Self.bounds)
        for (bound, count) in zip(Self.bounds, counts.counts) {
            sample("\(name)_bucket", labels + [("le", Self.seconds(bound))], "\(count)")
        }
        sample("\(name)_bucket", labels + [("le", "+Inf")], "\(counts.count)")
        sample("\(name)_sum", labels, Self.seconds(counts.sum))
        sample("\(name)_count", labels, "\(counts.count)")
    }

    // MARK: - Of this moment

    static func ofModels(_ models: [ModelView], eventClients: Int, connections: Int, version: String) -> String {
        var metrics = MetricsText()
        metrics.family("modeljournal_model_state", "gauge", "1 for the state that the model is in, 0 for the others.")
        for model in models {
            for state in ModelState.allCases {
                metrics.sample(
                    "modeljournal_model_state", model.labels + [("state", state.rawValue)],
                    model.state == state ? "1" : "0")
            }
        }
        metrics.family("modeljournal_model_ready", "gauge", "1 while the model serves.")
        for model in models {
            metrics.sample("modeljournal_model_ready", model.labels, model.isReady ? "1" : "0")
        }
        metrics.family(
            "modeljournal_journal_degraded", "gauge", "1 while transitions wait in memory for a journal that fails.")
        metrics.sample(
            "modeljournal_journal_degraded", [], models.contains { $0.isJournalDegraded } ? "1" : "0")
        metrics.family(
            "modeljournal_model_resident_memory_bytes", "gauge", "Memory of the process that holds the model.")
        for model in models {
            guard let memory = model.processID.flatMap({ ResidentMemory.megabytes(of: $0) }) else { continue }
            metrics.sample("modeljournal_model_resident_memory_bytes", model.labels, "\(Int64(memory * 1_048_576))")
        }
        metrics.family("modeljournal_event_clients", "gauge", "Clients that listen to /events.")
        metrics.sample("modeljournal_event_clients", [], "\(eventClients)")
        metrics.family("modeljournal_http_connections", "gauge", "Open connections to this server.")
        metrics.sample("modeljournal_http_connections", [], "\(connections)")
        metrics.family("modeljournal_build_info", "gauge", "The version of this program.")
        metrics.sample("modeljournal_build_info", [("version", version)], "1")
        return metrics.text
    }

    // MARK: - The format

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let labels = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// A label's value: backslash, quotation mark and line break are escaped; what else would disturb a terminal is
    /// spelled out.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text += Escaping.visible(String(scalar)).replacing("\\", with: "\\\\")
            }
        }
        return text
    }

    /// Microseconds as seconds, without rounding.
    static func seconds(_ microseconds: Int64) -> String {
        let (whole, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        let sign = microseconds < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }
}

extension StartupStatistics {
    fileprivate var labels: [(String, String)] { [("model", model), ("provider", provider)] }
}

extension ModelView {
    fileprivate var labels: [(String, String)] { [("model", model), ("provider", provider)] }
}
