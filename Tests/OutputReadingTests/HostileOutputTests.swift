import TestSupport
import Testing

@testable import OutputReading

/// Output is what a stranger's program wrote: the reader must come to an end with any of it.
@Suite(.takesLong) struct HostileOutputTests {
    @Test func nothingSaysNothing() {
        #expect(OutputReader.read("") == OutputReading())
        #expect(OutputReader.read("\n\n \r\n\0\n").cause == nil)
        #expect(OutputReader.readAnswer("") == nil)
        #expect(OutputReader.readAnswer(" \r\n\0 ") == nil)
    }

    @Test func randomBytesAreReadToTheEnd() {
        var random = SplitMix(seed: 23)
        for length in [1, 17, 1_000, 65_536] {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = OutputReader.read(String(decoding: bytes, as: UTF8.self))
            _ = OutputReader.readAnswer(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The corpus with changes at random places: cut, doubled, and with bytes that do not belong there.
    @Test func changedOutputsAreReadToTheEnd() {
        var random = SplitMix(seed: 24)
        for file in CorpusFile.all {
            for _ in 0..<3 {
                var bytes = Array(file.output.utf8)
                for _ in 0..<6 where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.removeSubrange(place..<min(bytes.count, place + 40))
                    case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
                    default: bytes.insert(contentsOf: "\n{\"[(\u{1B}]\r".utf8, at: place)
                    }
                }
                let text = String(decoding: bytes, as: UTF8.self)
                let reading = OutputReader.read(text, linesSinceReady: Int.random(in: -3...99, using: &random))
                #expect((reading.cause?.text.count ?? 0) <= 400)
                _ = OutputReader.readAnswer(text)
            }
        }
    }

    /// One line of 64 KiB, made of the same few bytes.
    @Test(
        arguments: [
            "a", "[", "(", "\"", "<", "\r", "{\"a\":", "\u{1B}]", "error: ", "failed to ", "a=\"", "data: {",
            "AError: ",
            "failed to load ((", "worker died: ", "x, aborting", "(const std::vector<int>& a", "<!--", "<script>",
            "&lt",
            "File \"a\", line 1, ", "|", "2026-11-30T10:00:00 ", "ERROR ", "Traceback (most recent call last):\\n",
        ]) func aLongLineIsReadToTheEnd(part: String)
    {
        let line = String(repeating: part, count: 65_536 / part.utf8.count)
        _ = OutputReader.read(line)
        _ = OutputReader.readAnswer(line)
    }

    @Test(
        arguments: [
            "x", "", "{", "{}", "E", "ERROR x", "panic: x", "Error:", "Error: x", "Caused by:",
            "  File \"a\", line 1, in b",
            "Traceback (most recent call last):", "1 validation error for A", "(a pid=1) x", "[…", "  | x", "\tat a(b)",
            "The above exception was the direct cause of the following exception:", "terminate called", "A: b",
            "  + Exception Group Traceback (most recent call last):", "╭─ Error ─", "thread 'main' panicked at x:",
            "goroutine 1 [running]:", "\"a\" b=\"c\"", "a=b level=error",
            "RuntimeError: Traceback (most recent call last):",
            "{\"level\":\"error\",\"msg\":\"x\"}", "E1130 10:00:00.1 7 a.cc:1] x", "  --- ---> x",
        ]) func thousandsOfShortLinesAreReadToTheEnd(line: String)
    {
        // Fewer of the long ones: an output has 64 KiB.
        let count = line.utf8.count < 3 ? 20_000 : 16_384 / (line.utf8.count + 1)
        _ = OutputReader.read(String(repeating: line + "\n", count: count))
        _ = OutputReader.readAnswer(String(repeating: line + "\n", count: min(2_000, count)))
    }

    @Test func everyLineOfAnotherProcessIsReadToTheEnd() {
        let lines = (0..<5_000).map { "(W pid=\($0)) Traceback (most recent call last):" }
        #expect(OutputReader.read(lines.joined(separator: "\n")).cause == nil)
    }

    @Test func textThatIsNestedDeeplyIsReadToTheEnd() {
        let quoted = (0..<400).reduce("x") { text, _ in "{\"error\":" + (text == "x" ? "\"x\"" : text) + "}" }
        _ = OutputReader.read(quoted)
        _ = OutputReader.readAnswer(quoted)
        var carried = "Traceback (most recent call last):"
        for _ in 0..<6 {
            carried = "{\"msg\":\"" + carried.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"}"
        }
        _ = OutputReader.read(carried)
    }
}
