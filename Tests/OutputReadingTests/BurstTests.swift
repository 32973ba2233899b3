import Testing

@testable import OutputReading

/// Which of several errors is the cause.
struct BurstTests {
    private func ordinary(_ count: Int) -> String {
        (0..<count).map { "INFO step \($0): reading \(String(repeating: "abc", count: $0 % 7))\n" }.joined()
    }

    @Test func theFirstErrorOfTheLastBurstIsTheCause() {
        let reading = OutputReader.read("ERROR a is gone\n" + ordinary(20) + "ERROR b is short\nERROR c is late\n")
        #expect(reading.cause?.text == "b is short")
        #expect(reading.consequence?.text == "c is late")
        #expect(reading.complaints.map(\.text) == ["a is gone", "b is short", "c is late"])
    }

    @Test func aReasonIsFoundAboveTheLinesOfAFarewell() {
        let reading = OutputReader.read(
            "E: x\nmodel: failed to open 'a.bin'\n" + ordinary(9) + "error: failed to load the model\n")
        #expect(reading.cause?.text == "model: failed to open 'a.bin'")
    }

    @Test func anErrorLongBeforeTheLastLineIsNoCause() {
        let lines = (0..<60).map { "INFO \(String(repeating: "x", count: $0)) done\n" }.joined()
        #expect(OutputReader.read("ERROR a is gone\n" + lines).cause == nil)
        #expect(OutputReader.read("ERROR a is gone\n" + ordinary(8)).cause?.text == "a is gone")
    }

    @Test func aServerThatOnlyWaitsHasNotRecovered() {
        let waiting = (0..<300).map { "INFO waiting for the worker (\($0) s)\n" }.joined()
        #expect(OutputReader.read("ERROR a is gone\n" + waiting).cause?.text == "a is gone")
    }

    @Test func whatWasSaidBeforeReadyIsNoCauseOfALaterEnd() {
        let output =
            "ERROR a is gone\nINFO ready\nINFO the lease ran out, shutting down\nINFO: Finished server process [7]\n"
        let reading = OutputReader.read(output, linesSinceReady: 2)
        #expect(reading.cause == nil)
        #expect(reading.lastLine == OutputReading.Finding(text: "the lease ran out, shutting down", line: 2))
        #expect(OutputReader.read(output, linesSinceReady: 0).lastLine == nil)
        #expect(OutputReader.read(output).cause?.text == "a is gone")
        #expect(OutputReader.read(output, linesSinceReady: 99).cause?.text == "a is gone")
        #expect(OutputReader.read(output, linesSinceReady: -1).cause == nil)
    }

    @Test func anEndThatPointsBackIsExplainedByWhatCameBeforeReady() {
        let reading = OutputReader.read(
            "ERROR a is gone\nINFO ready\nERROR exiting, see the error above\n", linesSinceReady: 1)
        #expect(reading.cause?.text == "a is gone")
    }

    @Test func aTracebackSaysMoreThanTheLineThatAnnouncesIt() {
        let reading = OutputReader.read(
            """
            ERROR:app:loading of the model has failed
            Traceback (most recent call last):
              File "a.py", line 3, in load
            BadWeights: layer3 is 384 wide, not 512
            """)
        #expect(reading.cause == OutputReading.Finding(text: "BadWeights: layer3 is 384 wide, not 512", line: 3))
    }

    @Test func aLauncherIsNamedAfterTheCause() {
        let reading = OutputReader.read(
            """
            Traceback (most recent call last):
              File "a.py", line 3, in load
            BadWeights: layer3 is 384 wide, not 512
            Traceback (most recent call last):
              File "b.py", line 9, in main
            RuntimeError: worker 0 failed to start
            """)
        #expect(reading.cause?.text == "BadWeights: layer3 is 384 wide, not 512")
        #expect(reading.consequence?.text == "RuntimeError: worker 0 failed to start")
    }

    @Test func theSameErrorTwiceIsSaidOnce() {
        let reading = OutputReader.read("ValueError: a is short\nValueError: a is short\n")
        #expect(reading.cause?.line == 0)
        #expect(reading.consequence == nil)
        #expect(reading.complaints.count == 1)
    }

    @Test func complaintsAreBoundedAndWithoutNoise() {
        let many = (0..<80).map { "WARN \($0) is odd\n" }.joined()
        #expect(OutputReader.read(many).complaints.count == 50)
        let reading = OutputReader.read(
            """
            a.py:3: DeprecationWarning: error is old
            INFO: 127.0.0.1:1 - "GET /x HTTP/1.1" 500 Internal Server Error
            WARNING: predict() is deprecated
            whisper_model_load: WARN no tensors loaded from model file - assuming empty model for testing
            """)
        #expect(
            reading.complaints.map(\.text) == [
                "whisper_model_load: WARN no tensors loaded from model file - assuming empty model for testing"
            ])
    }
}
