import LifecycleEngine
import MetricsTestKit
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@testable import StatusServer

/// The text that Prometheus reads; Prometheus itself reads it in CommandLineTests.
@Suite(.turn(of: "StatusServerTests")) struct MetricsTests {
    @Test func countsAreThoseOfTheJournal() async throws {
        try await withPlace { place in
            try await place.openEngine(model: "a\\b\"c\nd")
            try await place.cycle(3)
            place.provider.script(.load, .fail(NeverHappened("no such file")))
            _ = try await place.preloader.initialize()
            let port = try await place.serve().address.port
            let answer = try await get("/metrics", port: port)
            #expect(answer.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let labels = "model=\"a\\\\b\\\"c\\nd\",provider=\"scripted\""
            for line in [
                "modeljournal_loads_total{\(labels),outcome=\"ready\"} 3",
                "modeljournal_loads_total{\(labels),outcome=\"failed\"} 1",
                "modeljournal_unloads_total{\(labels),reason=\"Requested\"} 3",
                "modeljournal_failures_total{\(labels),reason=\"ModelLoadFailed\"} 1",
                "modeljournal_model_startup_duration_seconds_count{\(labels)} 3",
                "modeljournal_model_load_duration_seconds_bucket{\(labels),le=\"+Inf\"} 3",
                "modeljournal_model_state{\(labels),state=\"ERROR\"} 1",
                "modeljournal_model_state{\(labels),state=\"READY\"} 0", "modeljournal_model_ready{\(labels)} 0",
                "modeljournal_journal_degraded 0", "modeljournal_build_info{version=\"1.2.3\"} 1",
            ] { #expect(answer.body.contains(line + "\n"), "\(line)") }
        }
    }

    /// An embedder has the same counters from the engine itself: the same names, the same labels, the same counts.
    @Test func theEnginesOwnCountersSayTheSame() async throws {
        try await withPlace { place in
            let metrics = TestMetrics()
            try await place.openEngine(metrics: metrics)
            try await place.cycle(2)
            // One that fails, one whose rest is unloaded after it failed, one that is cancelled, one that is not given back.
            place.provider.script(.load, .fail(NeverHappened("no such file")))
            _ = try await place.preloader.initialize()
            place.provider.script(.load, .fail(NeverHappened("no such file")))
            _ = try await place.preloader.initialize()
            _ = try await place.preloader.unload()
            place.provider.script(.load, .wait(Gate()))
            let loads = place.provider.count(.load)
            let starter = Task { try await place.preloader.initialize() }
            try await place.provider.begun(.load, times: loads + 1)
            _ = try await place.preloader.unload()
            _ = try await starter.value
            place.provider.script(.unload, .fail(NeverHappened("it stays")))
            try await place.cycle()

            let port = try await place.serve().address.port
            let text = try await get("/metrics", port: port).body
            for name in ["modeljournal_loads_total", "modeljournal_unloads_total", "modeljournal_failures_total"] {
                let counted = text.split(separator: "\n").filter { $0.hasPrefix(name + "{") && !$0.hasSuffix(" 0") }
                let own = metrics.counters.filter { $0.label == name && $0.totalValue > 0 }.map { counter in
                    let labels = counter.dimensions.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
                    return "\(name){\(labels)} \(counter.totalValue)"
                }
                #expect(own.sorted() == counted.map(String.init).sorted())
                #expect(own.count >= 2)
            }
        }
    }

    @Test(arguments: [(0, "0"), (1, "0.000001"), (1_500_000, "1.5"), (60_000_000, "60"), (-2_000_001, "-2.000001")])
    func secondsAreExact(microseconds: Int64, text: String) { #expect(MetricsText.seconds(microseconds) == text) }
}
