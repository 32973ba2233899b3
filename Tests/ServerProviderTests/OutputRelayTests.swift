import Dispatch
import Synchronization
import Testing

@testable import ServerProvider

@Suite("Output relay")
struct OutputRelayTests {
    /// What a reader got, in order; it stands still while it is told to.
    private final class Reader: Sendable {
        private let parts = Mutex<[OutputRelay.Lines]>([])
        let gate = DispatchSemaphore(value: 0)

        func take(_ part: OutputRelay.Lines) { parts.withLock { $0.append(part) } }
        var lines: [String] { parts.withLock { $0.flatMap(\.lines) } }
        var models: [String] { parts.withLock { $0.map(\.model) } }
    }

    private func write(_ text: String, to output: RelayedOutput) {
        Array(text.utf8).withUnsafeBytes { output.append($0) }
    }

    @Test func linesComeWholeAndInOrder() {
        let reader = Reader()
        let relay = OutputRelay { reader.take($0) }
        let output = relay.stream(of: "m")
        for part in ["on", "e\ntwo\r\nth", "ree\n\n 1%\r 2%\r", " 3%\nlast"] { write(part, to: output) }
        output.finish()
        #expect(relay.finish(within: 60))
        #expect(reader.lines == ["one", "two", "three", "", " 3%", "last"])
        #expect(Set(reader.models) == ["m"])
    }

    @Test func secretsAreReplaced() {
        let reader = Reader()
        let relay = OutputRelay { reader.take($0) }
        write("login with password=hunter2-correct-horse\nnext\n", to: relay.stream(of: "m"))
        #expect(relay.finish(within: 60))
        #expect(!reader.lines.joined().contains("hunter2") && reader.lines.last == "next")
    }

    @Test func aReaderThatStandsStillLosesWhatIsTooMuchAndIsToldHowMuch() {
        let reader = Reader()
        let relay = OutputRelay(limit: 1000) {
            reader.gate.wait()
            reader.take($0)
        }
        let output = relay.stream(of: "m")
        // The server does not wait here, whatever the reader does.
        let line = String(repeating: "x", count: 99) + "\n"
        for _ in 0..<10_000 { write(line, to: output) }
        #expect(!relay.finish(within: 0))
        for _ in 0..<10_000 { reader.gate.signal() }
        #expect(relay.finish(within: 60))
        let notes = reader.lines.filter { $0.hasPrefix("[… ") }
        let dropped = notes.compactMap { Int($0.split(separator: " ")[1]) }.reduce(0, +)
        let kept = reader.lines.count - notes.count
        #expect(dropped + kept * 100 == 1_000_000)
        #expect((10...30).contains(kept) && !notes.isEmpty)
    }

    @Test func whatComesAfterAPauseSaysWhatIsMissingBeforeIt() {
        let reader = Reader()
        let relay = OutputRelay(limit: 100) {
            reader.gate.wait()
            reader.take($0)
        }
        let output = relay.stream(of: "m")
        write(String(repeating: "a", count: 200) + "\n", to: output)
        write("next\n", to: output)
        for _ in 0..<10 { reader.gate.signal() }
        #expect(relay.finish(within: 60))
        #expect(reader.lines == ["[… 201 bytes dropped …]", "next"])
    }
}
