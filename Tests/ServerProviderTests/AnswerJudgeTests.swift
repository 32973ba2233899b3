import Foundation
import Testing

@testable import ServerProvider

/// What real servers answer, in the words that a user would write.
@Suite("Ready, failed and alive by conditions")
struct AnswerJudgeTests {
    private static func judge(
        ready: [String] = [], failed: [String] = [], alive: [String] = []
    ) throws -> AnswerJudge {
        func conditions(_ texts: [String]) throws -> [AnswerCondition] { try texts.map { try AnswerCondition($0) } }
        return AnswerJudge(
            ready: try conditions(ready), failed: try conditions(failed), alive: try conditions(alive))
    }

    private static func verdict(_ judge: AnswerJudge, _ body: String, _ status: Int? = 200) -> AnswerJudge.Verdict {
        judge.verdict(status: status, body: Array(body.utf8))
    }

    @Test func withoutConditionsTheStatusDecides() throws {
        for (status, isReady) in [(199, false), (200, true), (299, true), (300, false), (503, false)] {
            let verdict = Self.verdict(AnswerJudge(), "", status)
            #expect(verdict.isReady == isReady && verdict.isAlive == isReady && verdict.failure == nil)
        }
    }

    @Test func aConditionOnTheBodyWantsAGoodStatusToo() throws {
        let judge = try Self.judge(ready: ["status=READY"])
        #expect(Self.verdict(judge, #"{"status":"READY"}"#).isReady)
        #expect(!Self.verdict(judge, #"{"status":"READY"}"#, 503).isReady)
        let any = try Self.judge(ready: ["status=READY", "http=2xx|503"])
        #expect(Self.verdict(any, #"{"status":"READY"}"#, 503).isReady)
        let other = Self.verdict(any, #"{"status":"READY"}"#, 404)
        #expect(!other.isReady && other.words == ", but 2xx or 503 was expected")
        #expect(!Self.verdict(any, #"{"status":"BUSY"}"#, 503).isReady)
    }

    /// `/health-check` is 200 in every state.
    @Test(
        arguments: [
            ("STARTING", false, false, ", but status is STARTING, not READY or BUSY"), ("READY", true, true, ""),
            ("BUSY", true, true, ""), ("UNHEALTHY", false, false, ", but status is UNHEALTHY, not READY or BUSY"),
        ])
    func cog(status: String, isReady: Bool, isAlive: Bool, words: String) throws {
        let judge = try Self.judge(ready: ["status=READY|BUSY"], failed: ["status=SETUP_FAILED|DEFUNCT"])
        let verdict = Self.verdict(judge, #"{"status":"\#(status)","setup":{"logs":"","status":"starting"}}"#)
        #expect(verdict.isReady == isReady && verdict.isAlive == isAlive && verdict.words == words)
        #expect(verdict.failure == nil)
    }

    @Test func cogsFailedSetupNamesTheException() throws {
        let judge = try Self.judge(ready: ["status=READY"], failed: ["status=SETUP_FAILED|DEFUNCT"])
        let body = #"""
            {"status":"SETUP_FAILED","setup":{"started_at":"2026-11-30T10:00:00Z","status":"failed","logs":
            "Traceback (most recent call last):\n  File \"predict.py\", line 7, in setup\n    raise ValueError(\"no weights\")\nValueError: no weights\n"}}
            """#.replacing("\n", with: "")
        let verdict = Self.verdict(judge, body)
        #expect(!verdict.isReady && !verdict.isAlive && verdict.words == ", and status is SETUP_FAILED")
        #expect(verdict.failure == "ValueError: no weights" && verdict.failureDetail == verdict.failure)
        #expect(Self.verdict(judge, #"{"status":"DEFUNCT"}"#).failure == "status is DEFUNCT")
        #expect(Self.verdict(judge, #"{"status":"DEFUNCT"}"#).failureDetail == nil)
    }

    /// The management interface's `GET /models/NAME`.
    @Test func torchServe() throws {
        let judge = try Self.judge(ready: ["[].workers[].status=READY"])
        let body = #"[{"modelName":"m","workers":[{"id":"9000","status":"READY"},{"id":"9001","status":"UNLOADING"}]}]"#
        #expect(Self.verdict(judge, body).isReady)
        let every = Self.verdict(try Self.judge(ready: ["[*].workers[*].status=READY"]), body)
        #expect(!every.isReady && every.words == ", but [*].workers[*].status is UNLOADING, not READY")
        #expect(!Self.verdict(judge, #"[{"modelName":"m","workers":[]}]"#).isReady)
    }

    /// The dashboard's `/api/serve/applications/`.
    @Test func ray() throws {
        let judge = try Self.judge(
            ready: ["applications{*}.status=RUNNING"], failed: ["applications{}.status=DEPLOY_FAILED"])
        #expect(Self.verdict(judge, #"{"applications":{"a":{"status":"RUNNING","message":""}}}"#).isReady)
        #expect(
            !Self.verdict(judge, #"{"applications":{"a":{"status":"RUNNING"},"b":{"status":"DEPLOYING"}}}"#).isReady)
        #expect(!Self.verdict(judge, #"{"applications":{}}"#).isReady)
        let failed = Self.verdict(
            judge,
            #"{"applications":{"a":{"status":"RUNNING","message":"fine"},"b":{"status":"DEPLOY_FAILED","message":"RuntimeError: no GPU"}}}"#
        )
        #expect(
            failed.failure == "RuntimeError: no GPU" && failed.words == ", and applications{}.status is DEPLOY_FAILED")
    }

    /// `POST /v2/repository/index`.
    @Test func triton() throws {
        let judge = try Self.judge(ready: ["[*].state=READY"], failed: ["[].state=UNAVAILABLE"])
        #expect(Self.verdict(judge, #"[{"name":"a","version":"1","state":"READY"}]"#).isReady)
        #expect(!Self.verdict(judge, "[]").isReady)
        let failed = Self.verdict(
            judge,
            #"[{"name":"a","state":"READY"},{"name":"b","version":"1","state":"UNAVAILABLE","reason":"Internal: no such file"}]"#
        )
        #expect(failed.failure == "Internal: no such file")
    }

    /// A server that answers "failed" does so with any status.
    @Test func oneConditionIsEnoughToFail() throws {
        let judge = try Self.judge(ready: ["body=up"], failed: ["http=410", "body~fatal", "error=1"])
        #expect(Self.verdict(judge, "up").failure == nil && Self.verdict(judge, "up").isReady)
        #expect(Self.verdict(judge, "", 410).failure == "its status is 410")
        #expect(Self.verdict(judge, #"{"detail":"the model is gone"}"#, 410).failure == "the model is gone")
        #expect(Self.verdict(judge, "a fatal error: no weights", 503).failure == "a fatal error: no weights")
        #expect(Self.verdict(judge, #"{"error":1}"#, 500).failure == "error is 1")
    }

    @Test func aliveHasConditionsOfItsOwn() throws {
        let judge = try Self.judge(ready: ["status=READY"], failed: ["status=DEFUNCT"], alive: ["http=200|503"])
        let busy = Self.verdict(judge, #"{"status":"BUSY"}"#, 503)
        #expect(!busy.isReady && busy.isAlive)
        #expect(!Self.verdict(judge, "", 500).isAlive)
        // Who will never be ready is not alive.
        #expect(!Self.verdict(judge, #"{"status":"DEFUNCT"}"#).isAlive)
    }

    @Test func anAnswerWithoutAStatusIsJudgedByItsBody() throws {
        let judge = try Self.judge(ready: ["asr[].installed=true"])
        #expect(Self.verdict(judge, #"{"asr":[{"installed":true}]}"#, nil).isReady)
        #expect(!Self.verdict(judge, #"{"asr":[{"installed":false}]}"#, nil).isReady)
    }
}
