import TestSupport
import Testing

@testable import LifecycleJournal
@testable import ModelLifecycle

/// What a post-mortem advises to do.
@Suite(.turn(of: "LifecycleJournalTests")) struct NextStepTests {
    private static let server = [
        "command": #"["llama-server","-m","my model.gguf","--api-key","[redacted]"]"#,
        "probe": "http://127.0.0.1:8080/health",
        "warmup_url": "http://127.0.0.1:8080/completion?a=1&b=2",
        "warmup_headers": #"["content-type: application/json"]"#,
        "warmup_body": #"{"prompt":"it's"}"#,
    ]
    private static let byHand = "llama-server -m 'my model.gguf' --api-key '[redacted]'"

    private static let run =
        "modeljournal run --model 'my model' --probe http://127.0.0.1:8080/health "
        + "--warmup-url 'http://127.0.0.1:8080/completion?a=1&b=2' --warmup-body '{\"prompt\":\"it'\\''s\"}' "
        + "--warmup-header 'content-type: application/json' "

    @Test(arguments: [
        (FailureReason.processExited, byHand), (.modelLoadFailed, byHand), (.spawnFailed, byHand), (.stalled, byHand),
        (
            .warmupFailed,
            "curl -i -H 'content-type: application/json' --data-binary '{\"prompt\":\"it'\\''s\"}' "
                + "'http://127.0.0.1:8080/completion?a=1&b=2'"
        ),
        (.runtimeUnhealthy, "curl -i http://127.0.0.1:8080/health"),
        (.oomKilled, run + "-- " + byHand), (.startupTimeout, run + "--startup-timeout 6s -- " + byHand),
        (.providerNotAvailable, "modeljournal providers"),
    ])
    func aServersFailureHasACommandToTry(reason: FailureReason, command: String) async throws {
        let postmortem = try await postmortem(of: reason, options: Self.server)
        #expect(postmortem.nextStep.command == command)
        #expect(!postmortem.nextStep.advice.isEmpty)
    }

    /// What it was warmed with was made for the purpose, and lies nowhere.
    @Test func aServerOfSpeechIsSentARecording() async throws {
        let options = Self.server.filter { !$0.key.hasPrefix("warmup_b") && !$0.key.hasPrefix("warmup_h") }
        let step = try await postmortem(
            of: .warmupFailed, options: options.merging(["warmup_audio_field": "file"]) { $1 }
        ).nextStep
        #expect(step.advice == "send a recording to the running server")
        #expect(step.command == "curl -i -F file=@recording.wav 'http://127.0.0.1:8080/completion?a=1&b=2'")
    }

    @Test(arguments: ["1e300", "-1e300", "nan", "inf"])
    func aNumberThatNobodyCanHaveSetEndsNothing(number: String) async throws {
        let options = ["stop_timeout_ms": number, "probe_interval_ms": number].merging(Self.server) { $1 }
        #expect(try await postmortem(of: .unloadTimeout, options: options).nextStep.command != nil)
    }

    @Test(arguments: FailureReason.allCases) func everyReasonHasAdvice(reason: FailureReason) async throws {
        let step = try await postmortem(of: reason, options: [:]).nextStep
        #expect(!step.advice.isEmpty && step.command?.contains("\n") == false, "\(step)")
    }

    @Test(arguments: [("1000", "60s"), ("90000", "180s"), ("90000.5", "181s")])
    func noLessTimeToStopIsAdvisedThanItHad(milliseconds: String, advised: String) async throws {
        let step = try await postmortem(of: .unloadTimeout, options: ["stop_timeout_ms": milliseconds]).nextStep
        #expect(step.command?.contains("--stop-timeout \(advised)") == true, "\(step)")
    }

    @Test func whereTheModelHasWorkedItsLastGoodRunIsShown() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try await driver.start()
        try await driver.fail()
        let postmortem = try #require(try sandbox.reader().postmortem(nil))
        let good = try #require(postmortem.lastGoodRun)
        #expect(postmortem.nextStep.command == "modeljournal show \(good.runID.prefix(13))")
    }

    @Test func aStartThatIsFarSlowerThanUsualNeedsAReasonAndNotMoreTime() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loaded, .ready, elapsed: .milliseconds(100))
        try await driver.move(.unload, .unloading, elapsed: .zero)
        try await driver.move(.unloaded, .uninitialized, elapsed: .zero)
        try await driver.start()
        try await driver.move(
            .deadline, .error, elapsed: .seconds(3), failure: Failure(.startupTimeout, "not READY within 3 s"))
        let step = try #require(try sandbox.reader().postmortem(nil)).nextStep
        #expect(step.command?.hasPrefix("modeljournal stats --model ") == true, "\(step)")
    }

    private func postmortem(of reason: FailureReason, options: [String: String]) async throws -> Postmortem {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver(
            RunConfiguration(model: "my model", provider: "server", options: options))
        try await driver.start()
        try await driver.move(.loadFailed, .error, elapsed: .seconds(3), failure: Failure(reason, "why"))
        return try #require(try sandbox.reader().postmortem(nil))
    }
}
