import Foundation
import ModelLifecycle
import OutputReading
import TestSupport
import Testing

@testable import JournalRendering

/// Commands that can be pasted: quoted for a shell, with the journal, the directory and variables for what was left out.
@Suite struct PastedCommandTests {
    private func line(_ words: [String]) -> ShellLine {
        var line = ShellLine()
        line.append(words)
        return line
    }

    @Test(arguments: [
        (["--api-key", "[redacted]"], #"--api-key "$API_KEY""#, "API_KEY", "--api-key"),
        (["--api-key=[redacted]"], #""--api-key=$API_KEY""#, "API_KEY", "--api-key"),
        (
            ["-H", "Authorization: [redacted]"], #"-H "Authorization: $AUTHORIZATION""#, "AUTHORIZATION",
            "the header Authorization"
        ),
        (
            ["-H", "Authorization: Bearer [redacted]"], #"-H "Authorization: Bearer $AUTHORIZATION""#, "AUTHORIZATION",
            "the header Authorization"
        ),
        (["http://h/?token=[redacted]&a=1"], #""http://h/?token=$TOKEN&a=1""#, "TOKEN", "token"),
        (["http://user:[redacted]@h/"], #""http://user:$PASSWORD@h/""#, "PASSWORD", "the address user:…"),
        (["-k", "[redacted]"], #"-k "$SECRET""#, "SECRET", "-k"),
        ([#"{"api_key":"[redacted]"}"#], #"'{"api_key":"'"$API_KEY"'"}'"#, "API_KEY", "api_key"),
        (["--user=[redacted]"], #""--user=$SECRET_USER""#, "SECRET_USER", "--user"),
        (["key=[redacted]s"], #""key=${KEY}s""#, "KEY", "key"),
    ])
    func aVariableStandsForWhatWasLeftOut(words: [String], text: String, variable: String, place: String) {
        let line = line(words)
        #expect(line.text == text)
        #expect(line.leftOut == [ShellLine.LeftOut(variable: variable, place: place)])
    }

    @Test func eachSecretHasItsOwnVariable() {
        let line = line(["--api-keys", "[redacted]", "[redacted]"])
        #expect(line.text == #"--api-keys "$API_KEYS" "$API_KEYS_2""#)
    }

    @Test func theAdviceNamesTheWordThatWasLeftOut() {
        let step = FailedRun(options: NextStepTests.server).nextStep(OutputReading())
        #expect(
            step.advice
                == "start the server by hand and read what it says; what was left out of --api-key belongs in $API_KEY")
        #expect(step.command?.contains("[redacted]") == false)
    }

    /// The shell gives back what was meant, and the variable's value.
    @Test func aShellPutsTheSecretIntoItsPlace() throws {
        let line = line([#"{"a":"it's $HOME","key":"[redacted]"}"#])
        let answer = try shell("KEY='s e'; printf %s \(line.text)")
        #expect(answer == #"{"a":"it's $HOME","key":"s e"}"#)
    }

    @Test func controlCharactersAreSpelledOut() throws {
        let word = "one\ntwo's\u{200B}\u{7}8"
        let quoted = ShellWords.quoted(word)
        #expect(quoted == #"$'one\ntwo\'s\342\200\213\0078'"#)
        #expect(Escaping.visible(quoted) == quoted)
    }

    // MARK: - Journal and directory

    @Test(
        arguments: [
            ([], nil, nil), (["postmortem", "--journal", "j"], "j", nil),
            (["postmortem", "--journal=a b"], "a b", nil),
            (["show", "-1", "--fleet", "http://h/d"], nil, "http://h/d"),
            (["run", "--", "server", "--journal", "x"], nil, nil),
            (["run", "--journal", "j", "--", "server", "--journal", "x"], "j", nil),
        ] as [([String], String?, String?)])
    func theInvocationIsReadUpToTheServersOwnOptions(arguments: [String], journal: String?, fleet: String?) {
        #expect(Invocation(arguments: arguments, directory: nil) == Invocation(journal: journal, fleet: fleet))
    }

    @Test(arguments: [
        (
            "it is damaged; `modeljournal verify` says more",
            "it is damaged; `modeljournal verify --journal 'a b'` says more"
        ),
        (
            "`modeljournal run` and `modeljournal ship`",
            "`modeljournal run --journal 'a b'` and `modeljournal ship --journal 'a b'`"
        ),
        ("`modeljournal providers` lists them", "`modeljournal providers` lists them"),
        ("`other` is `modeljournal`", "`other` is `modeljournal`"), ("a ` alone", "a ` alone"),
    ])
    func aMessagesCommandsGetTheJournal(message: String, completed: String) {
        #expect(Invocation(journal: "a b").completing(message) == completed)
        #expect(Invocation().completing(message) == message)
    }

    @Test func aPathThatLooksLikeAnOptionIsJoinedToItsName() {
        #expect(Invocation(journal: "-j").command("runs") == "modeljournal runs --journal=-j")
    }

    @Test func aPagesCommandsNameTheJournalFromAnywhere() {
        let page = PostmortemPage(
            postmortem: FailedRun().postmortem, utc: false, version: "1",
            invocation: Invocation(journal: "a/j", directory: "/home/a"))
        #expect(page.html.contains("my model&#39; --journal /home/a/a/j"))
    }

    @Test func aQuestionEndsWithItsMarkAlone() {
        var run = FailedRun(.startupTimeout, options: NextStepTests.server)
        run.evidence = FailureEvidence(lastProbe: "GET /health answered 404")
        let page = PostmortemPage(postmortem: run.postmortem, utc: true, version: "1", invocation: Invocation())
        #expect(page.html.contains("is the path right?</p>"))
    }

    @Test func aCommandOfAnotherDirectoryIsRunThere() {
        var options = NextStepTests.server
        options["working_directory"] = "/srv/my models"
        let run = FailedRun(options: options)
        let elsewhere = Invocation(journal: "j", directory: "/home/a")
        #expect(run.nextStep(OutputReading(), elsewhere).command == "(cd '/srv/my models' && \(NextStepTests.byHand))")
        let there = Invocation(journal: "j", directory: "/srv/my models")
        #expect(run.nextStep(OutputReading(), there).command == NextStepTests.byHand)
        // Its own journal is still the one that was meant.
        let again = FailedRun(.startupTimeout, options: options).nextStep(OutputReading(), elsewhere).command ?? ""
        #expect(again.hasPrefix("(cd '/srv/my models' && modeljournal run "), "\(again)")
        #expect(again.contains(" --journal /home/a/j -- "), "\(again)")
    }

    private func shell(_ text: String) throws -> String {
        let pipe = try Spawn.pipe()
        let pid = try Spawn.start(["/bin/sh", "-c", text], streams: Spawn.Streams(output: pipe.write))
        close(pipe.write)
        defer { close(pipe.read) }
        let output = try FileHandle(fileDescriptor: pipe.read).readToEnd() ?? Data()
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return String(decoding: output, as: UTF8.self)
    }
}
