import ModelLifecycle
import OutputReading
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalRendering
@testable import JournalReports
@testable import LifecycleJournal

/// What a post-mortem advises by the reason of the failure, and the commands that it makes of the record.
@Suite struct NextStepTests {
    static let server = [
        "command": #"["llama-server","-m","my model.gguf","--api-key","[redacted]"]"#,
        "probe": "http://127.0.0.1:8080/health",
        "warmup_url": "http://127.0.0.1:8080/completion?a=1&b=2",
        "warmup_headers": #"["content-type: application/json"]"#,
        "warmup_body": #"{"prompt":"it's"}"#,
    ]
    static let byHand = #"llama-server -m 'my model.gguf' --api-key "$API_KEY""#

    static let run =
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
        (.oomKilled, run + "--journal j -- " + byHand),
        (.startupTimeout, run + "--startup-timeout 6s --journal j -- " + byHand),
        (.providerNotAvailable, "modeljournal providers"),
        (.interrupted, "modeljournal run --resume --journal j"),
    ])
    func aServersFailureHasACommandToTry(reason: FailureReason, command: String) {
        var run = FailedRun(reason, options: Self.server)
        run.message = "why"
        let step = run.nextStep(OutputReading(), Invocation(journal: "j"))
        #expect(step.command == command)
        #expect(!step.advice.isEmpty)
    }

    /// What it was warmed with was made for the purpose, and is not a file.
    @Test func aServerOfSpeechIsSentARecording() {
        let options = Self.server.filter { !$0.key.hasPrefix("warmup_b") && !$0.key.hasPrefix("warmup_h") }
        let step = FailedRun(.warmupFailed, options: options.merging(["warmup_audio_field": "file"]) { $1 }).nextStep()
        #expect(step.advice == "the server has been stopped: start it by hand, then send a recording")
        #expect(step.command == "curl -i -F file=@recording.wav 'http://127.0.0.1:8080/completion?a=1&b=2'")
    }

    /// curl would call it a form.
    @Test(arguments: [
        ("{\"a\":1}", "application/json"), ("plain", "application/octet-stream"),
    ])
    func aBodyWithoutAHeaderIsSentAsTheEngineSendsIt(body: String, type: String) {
        var options = Self.server
        options["warmup_headers"] = nil
        options["warmup_body"] = body
        let command = FailedRun(.warmupFailed, options: options).nextStep().command
        #expect(command?.hasPrefix("curl -i -H 'Content-Type: \(type)' --data-binary ") == true, "\(command ?? "")")
    }

    @Test(arguments: ["1e300", "-1e300", "nan", "inf"])
    func aNumberThatNobodyCanHaveSetEndsNothing(number: String) {
        let options = ["stop_timeout_ms": number, "probe_interval_ms": number].merging(Self.server) { $1 }
        #expect(FailedRun(.unloadTimeout, options: options).nextStep().command != nil)
    }

    @Test(arguments: FailureReason.allCases) func everyReasonHasAdvice(reason: FailureReason) {
        let step = FailedRun(reason).nextStep()
        #expect(!step.advice.isEmpty && step.command?.contains("\n") == false, "\(step)")
    }

    @Test(arguments: [("1000", "60s"), ("90000", "180s"), ("90000.5", "181s")])
    func noLessTimeToStopIsAdvisedThanItHad(milliseconds: String, advised: String) {
        let step = FailedRun(.unloadTimeout, options: ["stop_timeout_ms": milliseconds]).nextStep()
        #expect(step.command?.contains("--stop-timeout \(advised)") == true, "\(step)")
    }

    @Test func theLastGoodRunIsShownIfThereIsOne() {
        var postmortem = FailedRun(.modelLoadFailed).postmortem
        postmortem.lastGoodRun = postmortem.story.run
        #expect(
            postmortem.nextStep(Invocation(fleet: "http://store:8123/f")).command
                == "modeljournal show 01a2090e-ca1e --fleet http://store:8123/f")
    }

    // MARK: - Time

    @Test func aStartThatIsFarSlowerThanUsualNeedsAReasonAndNotMoreTime() {
        var postmortem = FailedRun(.startupTimeout).postmortem
        postmortem.comparison = Postmortem.Comparison(
            phase: "LOADING", elapsed: 3_000_000, count: 1, p50: 100_000, p99: 100_000)
        let step = postmortem.nextStep(Invocation(journal: "/a b/j"))
        #expect(step.command == "modeljournal stats --model 'my model' --journal '/a b/j'", "\(step)")
    }

    @Test func moreTimeIsAdvisedOnlyIfNothingSpokeOfAnError() {
        let run = FailedRun(.startupTimeout, options: Self.server)
        #expect(run.nextStep(OutputReading()).advice.hasPrefix("give it more time"))
        let step = run.nextStep(OutputReading("BadWeights: layer3"))
        #expect(step.advice.hasPrefix("it did not start because of “BadWeights: layer3”: start the server by hand"))
        #expect(step.command == Self.byHand)
    }

    // MARK: - Interruptions

    /// `run --resume` refuses it.
    @Test func aCrashLoopsWayBackIsNotResume() {
        var postmortem = FailedRun(.interrupted, options: Self.server).postmortem
        postmortem.crashLoop = 3
        let step = postmortem.nextStep(Invocation(journal: "j"))
        #expect(step.advice.contains("interrupted 3 times in a row") && step.advice.contains("without --resume"))
        #expect(step.command == Self.run + "--journal j -- " + Self.byHand)
        postmortem.story.configuration = "{}"
        #expect(postmortem.nextStep(Invocation()).command == "modeljournal run --model 'my model'")
    }
}
