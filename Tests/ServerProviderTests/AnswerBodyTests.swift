import Testing

@testable import ServerProvider

@Suite("What the body of an answer means")
struct AnswerBodyTests {
    private static let healthy = ReadinessCondition("status", is: "Healthy")
    private static let available = ReadinessCondition("model_version_status[].state", is: "AVAILABLE")

    @Test(
        arguments: [
            (#"{"status":"Healthy"}"#, nil), (#"{"status":"Unhealthy"}"#, "status is Unhealthy, not Healthy"),
            (#"{"status":"Partial Healthy"}"#, "status is Partial Healthy, not Healthy"),
            (#"{"status":"healthy"}"#, "status is healthy, not Healthy"), (#"{"status":1}"#, "its body has no status"),
            (#"{}"#, "its body has no status"), ("Healthy", "its body is no JSON with status"),
            ("", "its body is no JSON with status"), (#""Healthy""#, "its body has no status"),
        ] as [(String, String?)])
    func aStatusIsReadExactly(body: String, complaint: String?) {
        #expect(Self.healthy.complaint(about: Array(body.utf8)) == complaint)
    }

    @Test(
        arguments: [
            (#"{"model_version_status":[{"state":"END"},{"state":"AVAILABLE"}]}"#, nil),
            (
                #"{"model_version_status":[{"state":"END"},{"state":"LOADING"}]}"#,
                "model_version_status[].state is END, LOADING, not AVAILABLE"
            ),
            (#"{"model_version_status":[]}"#, "its body has no model_version_status[].state"),
            (#"{"model_version_status":{"state":"AVAILABLE"}}"#, "its body has no model_version_status[].state"),
        ] as [(String, String?)])
    func oneVersionIsEnough(body: String, complaint: String?) {
        #expect(Self.available.complaint(about: Array(body.utf8)) == complaint)
    }

    @Test func aConditionIsRecordedAsText() throws {
        for condition in [Self.healthy, Self.available] {
            #expect(try ReadinessCondition(recorded: condition.description) == condition)
        }
        #expect(throws: InvalidServerSetting.self) { try ReadinessCondition(recorded: "status") }
    }

    /// On the same path of another port the preset's condition holds; anywhere else it means nothing.
    @Test func anotherProbeMayLeaveTheConditionBehind() throws {
        for (probe, isKept) in [
            ("http://127.0.0.1:9999/ping", true), ("http://127.0.0.1:8081/models", false), ("tcp://127.0.0.1:1", false),
        ] {
            var server = try ServerConfiguration(command: ["server"], preset: "torchserve", model: "m")
            server.replaceProbe(try ProbeTarget(probe))
            #expect((server.readiness != nil) == isKept, "\(probe)")
        }
    }

    @Test(
        arguments: [
            (#"{"error":"failed to process audio"}"#, "failed to process audio"),
            (#"{"error":{"code":503,"message":"Loading\nmodel"}}"#, "Loading model"),
            (#"{"error":{"code":503}}"#, #"{"code":503}"#), (#"{"error":["a"]}"#, #"["a"]"#), (#"{"error":7}"#, "7"),
            (#"{"error":true}"#, "true"), (#"{"error":null}"#, nil), (#"{"error":""}"#, nil),
            (#"{"error":false}"#, nil),
            (#"{"error":{}}"#, nil), (#"{"text":"error"}"#, nil), (#"[{"error":"x"}]"#, nil),
            (#"{"a":{"error":"x"}}"#, nil),
            ("error", nil), ("", nil),
        ] as [(String, String?)])
    func anErrorInAGoodAnswerIsFound(body: String, error: String?) {
        #expect(WarmupSender.error(in: Array(body.utf8)) == error)
    }
}
