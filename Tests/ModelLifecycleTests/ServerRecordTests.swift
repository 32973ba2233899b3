import Testing

@testable import ModelLifecycle

@Suite struct ServerRecordTests {
    /// Journals have them: a key that is named in another way would be another option.
    @Test func keysAreThoseOfAllJournals() {
        #expect(
            Set(ServerRecord.Key.allCases.map(\.rawValue)) == [
                "command", "working_directory", "preset", "probe", "probe_follows_server", "probe_interval_ms",
                "probe_timeout_ms", "probe_headers", "probe_method", "probe_body", "probe_body_file", "probe_ca",
                "probe_insecure", "ready_when", "readiness", "failed_when", "alive_when", "ready_successes", "liveness",
                "liveness_interval_ms", "liveness_timeout_ms", "failure_threshold", "warmup_url", "warmup_body",
                "warmup_body_file", "warmup_audio_field", "warmup_audio", "warmup_command", "warmup_headers",
                "warmup_request_timeout_ms", "stop_timeout_ms",
            ])
    }

    @Test func aTimeComesBackAsItWasRecorded() {
        var record = ServerRecord()
        for time in [Duration.microseconds(1), .milliseconds(250), .seconds(600), .microseconds(1_234_567)] {
            record.set(.probeTimeout, to: time)
            #expect(record.duration(.probeTimeout) == time)
        }
        record[.probeTimeout] = "soon"
        #expect(record.duration(.probeTimeout) == nil)
    }
}
