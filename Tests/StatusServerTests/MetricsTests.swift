import LifecycleEngine
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

    @Test(arguments: [(0, "0"), (1, "0.000001"), (1_500_000, "1.5"), (60_000_000, "60"), (-2_000_001, "-2.000001")])
    func secondsAreExact(microseconds: Int64, text: String) { #expect(MetricsText.seconds(microseconds) == text) }
}
