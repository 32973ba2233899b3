import Crypto
import ModelLifecycle
import Tracing

/// The identifiers that a server and each request to it get, so that its own logs and traces can be
/// joined with the journal.
struct TraceIdentifiers: Sendable {
    let correlationID: CorrelationID
    let runID: RunID
    let attempt: Int
    /// W3C Trace Context, level 1.
    let traceparent: String

    /// Takes the current span where a tracer is installed; otherwise the trace is named after the
    /// correlation ID, so that all attempts of one request have the same trace.
    init(_ context: LoadContext) {
        correlationID = context.correlationID
        runID = context.runID
        attempt = context.attempt
        var carrier: [String: String] = [:]
        if let current = ServiceContext.current {
            InstrumentationSystem.instrument.inject(current, into: &carrier, using: DictionaryInjector())
        }
        traceparent = carrier["traceparent"] ?? Self.derived(from: context)
    }

    private static func derived(from context: LoadContext) -> String {
        let trace = SHA256.hash(data: Array(context.correlationID.rawValue.utf8)).prefix(16).hexadecimal
        let span = SHA256.hash(data: Array(context.runID.rawValue.utf8)).prefix(8).hexadecimal
        return "00-\(trace)-\(span)-01"
    }

    var environment: [String: String] {
        [
            "MODELJOURNAL_CORRELATION_ID": correlationID.rawValue, "MODELJOURNAL_RUN_ID": runID.rawValue,
            "MODELJOURNAL_ATTEMPT": "\(attempt)", "TRACEPARENT": traceparent,
        ]
    }

    var headers: [(String, String)] {
        [("X-Request-ID", correlationID.rawValue), ("traceparent", traceparent)]
    }
}

private struct DictionaryInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key.lowercased()] = value
    }
}
