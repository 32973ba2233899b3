import ModelLifecycle
import OutputReading
import Testing

@testable import JournalRendering

/// The sentence about the cause: what ended the run, and what the server itself said.
@Suite struct FailureCauseTests {
    private static let exited = "server exited with status 1 before it was ready"
    private static let weights = "BadWeights: layer3 is 384 wide, not 512"

    @Test func theFirstErrorAndWhatFollowedFromItAreQuoted() {
        #expect(
            FailedRun().cause(OutputReading(Self.weights, then: "RuntimeError: worker 0 failed to start"))
                == "\(Self.exited); it said: “\(Self.weights)”; then: “RuntimeError: worker 0 failed to start”")
        #expect(FailedRun().cause(OutputReading(Self.weights)) == "\(Self.exited); it said: “\(Self.weights)”")
    }

    @Test func withoutAnErrorTheLastWordsAreQuoted() {
        #expect(FailedRun().cause(OutputReading(nil, last: ("bye", 9))) == "\(Self.exited); its last words: “bye”")
        #expect(FailedRun().cause(OutputReading()) == Self.exited)
    }

    @Test func nothingIsSaidTwice() {
        var run = FailedRun(.modelLoadFailed)
        run.message = "cannot load: \(Self.weights)"
        #expect(run.cause(OutputReading(Self.weights)) == run.message)
        #expect(run.cause(OutputReading(nil, last: ("cannot load", 2))) == run.message)
    }

    @Test func aLongMessageLosesItsMiddleAndNotItsEnd() {
        let long = "ValueError: " + String(repeating: "x", count: 2000) + " is 384 wide, not 512"
        let cause = FailedRun().cause(OutputReading(long))
        #expect(cause.contains("“ValueError: xxx") && cause.hasSuffix("xxx is 384 wide, not 512”"))
        #expect(cause.contains("x … x") && cause.count < 520)
    }

    @Test(arguments: [
        ("pid 7 (python3) listens there already", "the server was never started: "),
        ("pid 7 (whisper-server) listens on port 8080 as well (SO_REUSEPORT)", "the server was stopped: "),
    ])
    func aServerThatSharesItsPortDidStart(message: String, words: String) {
        var run = FailedRun(.spawnFailed)
        run.message = message
        #expect(run.cause(OutputReading()) == words + message)
    }

    // MARK: - Signals

    @Test(arguments: [2, 9, 15]) func aSignalDoesNotHideAnErrorRightBeforeIt(signal: Int) {
        var run = FailedRun()
        run.signal = signal
        run.message = "server was ended by a signal"
        #expect(run.cause(OutputReading("RuntimeError: too little memory")).contains("RuntimeError: too little memory"))
    }

    @Test(arguments: [2, 9, 15]) func aSignalFromOutsideQuotesNoOrdinaryLine(signal: Int) {
        var run = FailedRun()
        run.signal = signal
        run.message = "server was ended by a signal"
        // Nothing tells who sent it.
        let expected = "server was ended by a signal" + (signal == 9 ? "" : "; this engine did not send the signal")
        #expect(run.cause(OutputReading(nil, last: ("GET /v1/models 200", 40))) == expected)
        // Said long before.
        let old = OutputReading("ERROR: optional library not found", last: ("GET /v1/models 200", 400))
        #expect(run.cause(old) == expected)
    }

    /// A wrapper, such as a shell or a container's init, ends with 128 and the number of the signal.
    @Test(arguments: [(143, false), (137, false), (134, true), (1, true), (3, true)])
    func aWrappersStatusIsASignalToo(status: Int, isQuoted: Bool) {
        var run = FailedRun()
        run.exitCode = status
        let cause = run.cause(OutputReading(nil, last: ("GET /v1/models 200", 40)))
        #expect(cause.contains("GET /v1/models") == isQuoted)
    }

    @Test(arguments: [
        (FailureEvidence.OOMKill.notSeen, "not by this engine, and its control group counted no kill for memory"),
        (.suspected, "this engine did not send the signal, and nothing tells whether the kernel did, for memory"),
    ])
    func whoKilledItIsSaidAsFarAsItIsKnown(oomKill: FailureEvidence.OOMKill, words: String) {
        var run = FailedRun()
        run.signal = 9
        run.message = "server was ended by SIGKILL"
        run.evidence = FailureEvidence(oomKill: oomKill)
        #expect(
            run.cause(OutputReading("RuntimeError: x"))
                == "server was ended by SIGKILL; \(words); it said: “RuntimeError: x”")
    }

    // MARK: - Memory

    @Test func aWorkerThatWasKilledForMemoryIsNamedWithTheLimit() {
        var run = FailedRun(.startupTimeout)
        run.message = "not READY within 8 s"
        run.serverPID = 4700
        run.evidence = FailureEvidence(lastProbe: "port 1: Connection refused")
        run.evidence?.memoryKills = 1
        run.evidence?.killedProcessIDs = [4711]
        run.evidence?.memoryLimitBytes = 2 << 30
        #expect(
            run.cause(OutputReading())
                == "not READY within 8 s; the last probe: port 1: Connection refused; "
                + "worker 4711 was killed for memory (limit 2.0 GB)")
    }

    @Test(arguments: [
        ([4711, 4712], "workers 4711 and 4712 were killed for memory"),
        ([1, 2, 3, 4, 5], "workers 1, 2, 3 and 2 more were killed for memory"), ([4700], "it was killed for memory"),
        ([], "meanwhile the kernel killed 5 processes of its control group for memory"),
    ])
    func killsAreCounted(killed: [Int32], words: String) {
        var run = FailedRun()
        run.serverPID = 4700
        run.evidence = FailureEvidence(oomKill: .suspected)
        run.evidence?.memoryKills = 5
        run.evidence?.killedProcessIDs = killed
        #expect(run.cause(OutputReading()) == "\(Self.exited); \(words)")
    }

    @Test func theKernelsCountAndTheLimitAreSaidOfAKillForMemory() {
        var run = FailedRun(.oomKilled)
        run.message = "server was killed by the kernel for memory before it was ready"
        run.evidence = FailureEvidence(oomKill: .confirmed, rssPeakBytes: 300 << 20)
        #expect(
            run.cause(OutputReading())
                == "\(run.message!); its control group counted a kill for memory; it was seen with 300 MB")
        run.evidence?.memoryLimitBytes = 512 << 20
        run.evidence?.treePeakBytes = 500 << 20
        run.evidence?.memoryKills = 2
        #expect(
            run.cause(OutputReading())
                == "\(run.message!); its control group counted 2 kills for memory (limit 512 MB); all its processes were "
                + "seen with 500 MB")
    }

    // MARK: - Reasons

    @Test func aProbesAnswerNamesItsAddressAndHowOftenItCame() {
        var run = FailedRun(.startupTimeout)
        run.message = "not READY within 3 s"
        run.evidence = FailureEvidence(lastProbe: "GET /health answered 307")
        run.evidence?.probeTarget = "http://127.0.0.1:8080/health"
        run.evidence?.probeRepeats = 12
        run.evidence?.probeLocation = "/health/"
        #expect(
            run.cause(OutputReading())
                == "not READY within 3 s; the last probe: GET /health answered 307 (at http://127.0.0.1:8080/health, "
                + "which leads to /health/, 12 times in a row)")
    }

    @Test func aFailedWarmUpQuotesTheAnswerAndTheOutput() {
        var run = FailedRun(.warmupFailed)
        run.message = "POST /infer answered 500"
        #expect(
            run.cause(OutputReading(Self.weights), answer: "internal error")
                == "the warm-up failed: POST /infer answered 500; it answered: “internal error”; it said: “\(Self.weights)”"
        )
        // The answer has it already.
        #expect(
            run.cause(OutputReading(Self.weights), answer: Self.weights)
                == "the warm-up failed: POST /infer answered 500; it answered: “\(Self.weights)”")
    }

    @Test(arguments: [
        (FailureReason.startupTimeout, "x; it said: “\(Self.weights)”"), (.stalled, "x; it said: “\(Self.weights)”"),
        (.runtimeUnhealthy, "it was READY, then stopped answering: x; it said: “\(Self.weights)”"),
        (.interrupted, "its engine ended, and the run with it: x; it said: “\(Self.weights)”"),
        (.modelLoadFailed, "x; it said: “\(Self.weights)”"),
    ])
    func theOutputIsReadForEveryEndThatItMayTellOf(reason: FailureReason, cause: String) {
        var run = FailedRun(reason)
        run.message = "x"
        #expect(run.cause(OutputReading(Self.weights)) == cause)
    }

    @Test(arguments: [FailureReason.unloadTimeout, .cancelled, .superseded])
    func anEndThatWasAskedForHasNoOtherCause(reason: FailureReason) {
        var run = FailedRun(reason)
        run.message = "x"
        #expect(run.cause(OutputReading(Self.weights)) == "x")
    }

    /// Its engine died while it served: what it had written at its start is no reason.
    @Test func theOutputOfAStartIsNoReasonForALaterInterruption() {
        var run = FailedRun(.interrupted)
        run.message = "x"
        run.output = "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 1\n"
        run.reachedReady = true
        #expect(run.postmortem.cause == "its engine ended, and the run with it: x")
    }

    @Test(arguments: [
        (Int64(999), "999 bytes"), (1 << 20, "1 MB"), (500_000_000, "476 MB"), (1 << 31, "2.0 GB"),
        (3_328_599_655, "3.1 GB"),
    ])
    func sizesReadAsLimitsAreWritten(bytes: Int64, text: String) { #expect(ByteText.short(bytes) == text) }
}
