import Logging
import Metrics
import ModelLifecycle
import Tracing

/// Log lines, metrics and spans of one model, told from its durable transitions. Belongs to the
/// consumer of the model's inbox.
final class LifecycleObserver {
    private let configuration: RunConfiguration
    private let logger: Logger
    private let metrics: any MetricsFactory
    // Each is made once, as swift-metrics advises: a backend may have to register it.
    private var loads: [String: Counter] = [:]
    private var unloads: [String: Counter] = [:]
    private var failures: [String: Counter] = [:]
    private lazy var loadTimer = timer("load")
    private lazy var warmupTimer = timer("warmup")
    private lazy var startupTimer = timer("startup")
    private var loadTime: Duration?
    /// The state in which the unload began that is going on.
    private var unloadedFrom: ModelState?
    /// nil where spans lead nowhere.
    private let tracer: (any Tracer)?
    /// Of the caller whose request began the current runs.
    var requestContext = ServiceContext.topLevel
    private var runSpan: (any Span)?
    private var phaseSpan: (any Span)?

    init(configuration: RunConfiguration, logger: Logger, metrics: any MetricsFactory, tracer: any Tracer) {
        self.configuration = configuration
        self.logger = logger
        self.metrics = metrics
        self.tracer = tracer is NoOpTracer ? nil : tracer
    }

    /// The context in which the provider works, so that its own spans belong to the phase.
    var context: ServiceContext { phaseSpan?.context ?? runSpan?.context ?? requestContext }

    func observe(_ transition: Transition) {
        trace(transition)
        measure(transition)
        guard logger.logLevel <= (transition.to == .error ? .error : .info) else { return }
        // In the run's own context, and not in that of whoever happens to carry the message.
        ServiceContext.withValue(context) { log(transition) }
    }

    func warn(_ message: String, run: RunIdentity?) {
        logger.warning("\(message)", metadata: metadata(run))
    }

    func error(_ message: String, run: RunIdentity?) {
        logger.error("\(message)", metadata: metadata(run))
    }

    // MARK: - Logs

    private func log(_ transition: Transition) {
        let run = transition.run
        let phases = configuration.warmup.isEnabled ? 3 : 2
        switch transition.to {
        case .loading: logger.info("Phase 1/\(phases): loading model", metadata: metadata(run))
        case .warmingUp:
            logger.info("Model loaded in \(milliseconds(transition.elapsed))", metadata: metadata(run))
            logger.info(
                "Phase 2/\(phases): warming up, \(inferences(configuration.warmup.inferenceCount))",
                metadata: metadata(run))
        case .ready: logger.info("Phase \(phases)/\(phases): model ready", metadata: metadata(run))
        case .unloading: logger.info("Unloading model", metadata: metadata(run))
        case .uninitialized: logger.info("Model unloaded", metadata: metadata(run))
        case .error:
            let failure = transition.failure?.description ?? transition.trigger.rawValue
            logger.error("Model failed in \(transition.from): \(failure)", metadata: metadata(run))
        }
    }

    private func inferences(_ count: Int) -> String { count == 1 ? "1 inference" : "\(count) inferences" }

    private func milliseconds(_ duration: Duration?) -> String {
        duration.map { "\($0.wholeMicroseconds / 1000) ms" } ?? "an unknown time"
    }

    private func metadata(_ run: RunIdentity?) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["model": "\(configuration.model)"]
        if let run {
            metadata["run_id"] = "\(run.runID)"
            metadata["correlation_id"] = "\(run.correlationID)"
            metadata["attempt"] = "\(run.attempt)"
        }
        return metadata
    }

    // MARK: - Metrics

    private var dimensions: [(String, String)] {
        [("model", configuration.model), ("provider", configuration.provider)]
    }

    private func measure(_ transition: Transition) {
        let elapsed = transition.elapsed ?? .zero
        switch (transition.from, transition.to) {
        case (.loading, .warmingUp):
            loadTimer.record(elapsed)
            loadTime = elapsed
        case (.loading, .ready):
            loadTimer.record(elapsed)
            startupTimer.record(elapsed)
            count(&loads, "loads", "outcome", "ready")
        case (.warmingUp, .ready):
            // A warm-up that failed under the policy `warn` took no warm-up's time.
            if transition.trigger == .warmed { warmupTimer.record(elapsed) }
            if let loadTime { startupTimer.record(loadTime + elapsed) }
            count(&loads, "loads", "outcome", "ready")
        case (.loading, .error), (.warmingUp, .error): count(&loads, "loads", "outcome", "failed")
        case (.loading, .unloading), (.warmingUp, .unloading): count(&loads, "loads", "outcome", "cancelled")
        default: break
        }
        measureEnd(transition)
    }

    /// Each run ends once: as the journal's summary of runs has it, from which `/metrics` counts.
    private func measureEnd(_ transition: Transition) {
        switch (transition.from, transition.to) {
        case (_, .unloading): unloadedFrom = transition.from
        case (.unloading, .uninitialized):
            switch unloadedFrom {
            case .ready: count(&unloads, "unloads", "reason", UnloadReason.requested.rawValue)
            case .loading, .warmingUp: count(&unloads, "unloads", "reason", UnloadReason.cancelled.rawValue)
            // What was left of a run that had failed.
            case .error: break
            case .uninitialized, .unloading, nil: break
            }
        case (.unloading, .error) where unloadedFrom == .error: break
        case (_, .error): count(&failures, "failures", "reason", transition.failure?.reason.rawValue ?? "unknown")
        default: break
        }
    }

    private func timer(_ phase: String) -> Timer {
        Timer(label: "modeljournal_model_\(phase)_duration_seconds", dimensions: dimensions, factory: metrics)
    }

    private func count(_ counters: inout [String: Counter], _ what: String, _ name: String, _ value: String) {
        if let counter = counters[value] { return counter.increment() }
        let counter = Counter(
            label: "modeljournal_\(what)_total", dimensions: dimensions + [(name, value)], factory: metrics)
        counters[value] = counter
        counter.increment()
    }

    // MARK: - Traces

    /// A span for the start of each run, with a child for each of its phases.
    private func trace(_ transition: Transition) {
        guard let tracer else { return }
        if let phaseSpan {
            end(phaseSpan, transition)
            self.phaseSpan = nil
        }
        switch transition.to {
        case .loading:
            let span = tracer.startSpan("model start", context: requestContext)
            span.attributes["model"] = configuration.model
            span.attributes["provider"] = configuration.provider
            span.attributes["run_id"] = transition.run.runID.rawValue
            span.attributes["correlation_id"] = transition.run.correlationID.rawValue
            span.attributes["attempt"] = transition.run.attempt
            runSpan = span
            phaseSpan = tracer.startSpan("load", context: span.context)
        case .warmingUp:
            phaseSpan = runSpan.map { tracer.startSpan("warm-up", context: $0.context) }
        case .ready:
            // A warm-up that failed under the policy `warn` is no failure of the run.
            runSpan?.end()
            runSpan = nil
        case .error, .unloading, .uninitialized:
            if let runSpan { end(runSpan, transition) }
            runSpan = nil
        }
    }

    private func end(_ span: any Span, _ transition: Transition) {
        if let failure = transition.failure, failure.reason == .cancelled {
            span.attributes["outcome"] = "cancelled"
        } else if let failure = transition.failure {
            span.recordError(failure)
            span.setStatus(SpanStatus(code: .error, message: failure.description))
        }
        span.end()
    }
}

extension Timer {
    fileprivate func record(_ elapsed: Duration) { recordNanoseconds(elapsed.wholeMicroseconds * 1000) }
}
