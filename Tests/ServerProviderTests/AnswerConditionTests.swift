import Foundation
import Testing

@testable import ServerProvider

@Suite("Conditions on an answer")
struct AnswerConditionTests {
    @Test(arguments: [
        "status=READY", "status=SETUP_FAILED|DEFUNCT", "http=200|204", "http=2xx", "workers[].status=READY",
        "workers[*].status=READY", "applications{}.status=RUNNING", "applications{*}.status=RUNNING",
        "[].workers[].status=READY", "[*].state=READY", "[][]=1", "a{}[*].b~x", "body=Healthy", "body~is ready",
        "\"a.b\".c=1", "\"body\"=x", "\"say \\\"a\\\\b\\\"\"=x", "ready=\"true\"", "text=\"\"", "text=\"a|b\"|c",
        "body.state=x", "http.code=1",
    ])
    func aConditionReadsAsItIsWritten(text: String) throws {
        let condition = try AnswerCondition(text)
        #expect(condition.description == text)
        #expect(try AnswerCondition(condition.description) == condition)
    }

    @Test func whiteSpaceAroundTheOperatorDoesNotMatter() throws {
        #expect(try AnswerCondition(" status = READY | BUSY ") == AnswerCondition("status=READY|BUSY"))
    }

    @Test(arguments: [
        "", "status", "=READY", "status=", "status=a||b", ".status=x", "status.=x", "a..b=x", "a[.b=x", "a[0]=x",
        "a[]b=x", "a]=x", "a.[]=x", "a b=x", "\"a=x", "a=\"x", "a=\"x\"y", "http=", "http=ok", "http=99", "http=600",
        "http~2", "http=\"200\"", "http=20x", "status!=READY", "body~\"\"", "a~", "a*=x",
    ])
    func whatIsNotAConditionIsRefusedInOneLine(text: String) {
        do {
            _ = try AnswerCondition(text)
            Issue.record("'\(text)' was accepted")
        } catch let error as InvalidServerSetting {
            #expect(error.description.hasPrefix("'\(text)' is not a condition: "), "\(error)")
            #expect(!error.description.contains("\n"))
        } catch { Issue.record("\(error)") }
    }

    @Test func theFirstFormOfAConditionIsTheSame() throws {
        #expect(try ReadinessCondition("status", is: "Healthy") == AnswerCondition("status=Healthy"))
        #expect(try ReadinessCondition("a[].b", is: "x|y") == AnswerCondition("a[].b=\"x|y\""))
        // What is not a path is a name.
        let odd = ReadinessCondition("a b", is: "x")
        #expect(try AnswerCondition(odd.description) == odd)
    }

    /// The condition, a body, and what is said about it.
    @Test(
        arguments: [
            ("status=Healthy", #"{"status":"Healthy"}"#, nil),
            ("status=Healthy", #"{"status":"Partial Healthy"}"#, "status is Partial Healthy, not Healthy"),
            ("status=Healthy", #"{"status":"healthy"}"#, "status is healthy, not Healthy"),
            ("status=Healthy", #"{"status":1}"#, "status is 1, not Healthy"),
            ("status=Healthy", #"{"status":["Healthy"]}"#, "status is an array, not Healthy"),
            ("status=Healthy", #"{"status":{}}"#, "status is an object, not Healthy"),
            ("status=Healthy", #"{"status":""}"#, "status is \"\", not Healthy"),
            ("status=Healthy", "{}", "its body has no status"),
            ("status=Healthy", #""Healthy""#, "its body has no status"),
            ("status=Healthy", "Healthy", "its body is no JSON with status"),
            ("status=Healthy", "", "its body is no JSON with status"),
            ("status=A|B|C", #"{"status":"B"}"#, nil),
            ("status=A|B|C", #"{"status":"D"}"#, "status is D, not A, B or C"),
            // The types of JSON.
            ("n=1", #"{"n":1}"#, nil), ("n=1", #"{"n":1.0}"#, nil), ("n=1e2", #"{"n":100}"#, nil),
            ("n=1", #"{"n":"1"}"#, nil), ("n=1", #"{"n":true}"#, "n is true, not 1"), ("n=-0.5", #"{"n":-0.5}"#, nil),
            ("n=true", #"{"n":true}"#, nil), ("n=true", #"{"n":1}"#, "n is 1, not true"),
            ("n=false", #"{"n":false}"#, nil), ("n=0", #"{"n":false}"#, "n is false, not 0"),
            ("n=true", #"{"n":"true"}"#, nil), ("n=\"true\"", #"{"n":true}"#, "n is true, not true"),
            ("n=null", #"{"n":null}"#, nil), ("n=null", "{}", "its body has no n"),
            ("n=\"\"", #"{"n":""}"#, nil), ("n=nan", #"{"n":"nan"}"#, nil),
            // Any and every element.
            ("w[].s=R", #"{"w":[{"s":"U"},{"s":"R"}]}"#, nil),
            ("w[].s=R", #"{"w":[{"s":"U"},{"s":"V"}]}"#, "w[].s is U, V, not R"),
            ("w[].s=R", #"{"w":[]}"#, "its body has no w[].s"),
            ("w[].s=R", #"{"w":{"s":"R"}}"#, "its body has no w[].s"),
            ("w[*].s=R", #"{"w":[{"s":"R"},{"s":"R"}]}"#, nil),
            ("w[*].s=R", #"{"w":[{"s":"R"},{"s":"U"}]}"#, "w[*].s is U, not R"),
            ("w[*].s=R", #"{"w":[]}"#, "its body has no w[*].s"),
            ("w[*].s=R", #"{"w":[{"s":"R"},{}]}"#, "its body does not have w[*].s everywhere"),
            ("a{}.s=R", #"{"a":{"x":{"s":"U"},"y":{"s":"R"}}}"#, nil),
            ("a{*}.s=R", #"{"a":{"x":{"s":"U"},"y":{"s":"R"}}}"#, "a{*}.s is U, not R"),
            ("a{*}.s=R", #"{"a":{"x":{"s":"R"},"y":{"s":"R"}}}"#, nil),
            ("a{*}.s=R", #"{"a":{}}"#, "its body has no a{*}.s"),
            ("a{*}=R", #"{"a":["R"]}"#, "its body has no a{*}"), ("[]=R", #"["U","R"]"#, nil),
            ("[*]=R", #"["U","R"]"#, "[*] is U, not R"),
            ("[*].w[].s=R", #"[{"w":[{"s":"R"}]},{"w":[{"s":"U"},{"s":"R"}]}]"#, nil),
            ("[*].w[].s=R", #"[{"w":[{"s":"R"}]},{"w":[]}]"#, "its body does not have [*].w[].s everywhere"),
            ("[].w[*].s=R", #"[{"w":[{"s":"U"}]},{"w":[{"s":"R"}]}]"#, nil),
            ("\"a.b\".c=1", #"{"a.b":{"c":1}}"#, nil), ("\"body\"=x", #"{"body":"x"}"#, nil),
            // Text.
            ("m~loaded", #"{"m":"model loaded"}"#, nil),
            ("m~loaded", #"{"m":"loading"}"#, "m is loading without loaded"),
            ("m~1", #"{"m":1}"#, "m is 1 without 1"), ("body=Healthy", " Healthy\r\n", nil),
            ("body=Healthy", "Unhealthy", "its body is not Healthy"), ("body~ready", "it is ready", nil),
            ("body~ready|up", "it is up", nil), ("body~ready", "it is", "its body does not contain ready"),
        ] as [(String, String, String?)])
    func anAnswerIsJudged(condition: String, body: String, complaint: String?) throws {
        let answer = JudgedAnswer(status: 200, body: Array(body.utf8))
        let condition = try AnswerCondition(condition)
        #expect(condition.complaint(about: answer) == complaint)
        #expect((condition.finding(in: answer) != nil) == (complaint == nil))
    }

    @Test(arguments: [
        ("http=200|204", 204, true), ("http=200|204", 201, false), ("http=2xx", 299, true), ("http=2xx", 300, false),
        ("http=5XX|404", 404, true), ("http=5XX|404", 503, true),
    ])
    func aStatusIsJudged(condition: String, status: Int, isMet: Bool) throws {
        let answer = JudgedAnswer(status: status, body: [])
        #expect((try AnswerCondition(condition).complaint(about: answer) == nil) == isMet)
        #expect(try AnswerCondition(condition).complaint(about: JudgedAnswer(status: nil, body: [])) != nil)
    }

    /// JSON of any depth is refused, and ends nothing.
    @Test func deepJSONIsNoAnswer() throws {
        let body = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(try AnswerCondition("[]=x").complaint(about: JudgedAnswer(status: 200, body: body)) != nil)
    }
}
