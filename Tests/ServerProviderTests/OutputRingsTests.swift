import Testing

@testable import ServerProvider

@Suite("Output rings")
struct OutputRingsTests {
    @Test func whatFitsIsKeptAsItIs() {
        var rings = OutputRings(limit: 64)
        rings.append(Array("one\ntwo\n".utf8))
        rings.append(Array("three\n".utf8))
        #expect(rings.text == "one\ntwo\nthree\n")
        #expect(rings.dropped == 0)
    }

    @Test(arguments: [1, 3, 7, 64, 1000])
    func theBeginningAndTheEndStayAndTheRestIsCounted(chunk: Int) {
        var rings = OutputRings(limit: 400)
        let written = Self.thousandLines
        Self.write(written, to: &rings, chunk)
        #expect(rings.total == written.count)
        #expect(rings.dropped == written.count - 400)
        let lines = rings.text.split(separator: "\n")
        #expect(lines.first == "the first line")
        #expect(lines.last == "line 999")
        // No line is cut, and the note counts all that is missing.
        let note = lines.firstIndex { $0.hasPrefix("[…") }
        let kept = lines.enumerated().filter { $0.offset != note }.reduce(0) { $0 + $1.element.utf8.count + 1 }
        #expect(note != nil)
        #expect(rings.text.contains("[… \(written.count - kept) bytes dropped …]"))
    }

    @Test func oneHugeWriteLeavesItsEnds() {
        var rings = OutputRings(limit: 40)
        rings.append(
            Array(repeating: UInt8(ascii: "a"), count: 10) + Array(repeating: UInt8(ascii: "b"), count: 1 << 20))
        #expect(rings.dropped == 10 + (1 << 20) - 40)
        #expect(rings.text.hasPrefix("aaaaaaaaaa\n[… \((1 << 20) - 30) bytes dropped …]\n"))
        #expect(rings.text.hasSuffix(String(repeating: "b", count: 30)))
    }

    /// What is last in a line of megabytes may be the error.
    @Test(arguments: ["", "\n"], [1, 1000, 1 << 20])
    func aVeryLongLineKeepsItsEnd(lineEnd: String, chunk: Int) {
        var rings = OutputRings()
        let line = String(repeating: "x", count: 200_000) + "OSError: the reason" + lineEnd
        Self.write(Array("first\n\(line)".utf8), to: &rings, chunk)
        #expect(rings.text.hasPrefix("first\n[… "))
        #expect(rings.text.hasSuffix("OSError: the reason" + lineEnd))
        #expect((40 << 10...64 << 10).contains(rings.text.utf8.count))
    }

    /// Without its name it would not be known for one.
    @Test(arguments: ["password=", "--password ", "{\"password\": \"", "Authorization: Bearer "])
    func aCutWithinALineLeavesNoRestOfASecret(name: String) {
        let secret = name + "hunter2-correct-horse"
        for cut in 1..<secret.utf8.count {
            // The tail has 3000 bytes: these, and the rest of the secret.
            let rest = String(repeating: " more", count: 1000).utf8.prefix(3000 - secret.utf8.count + cut)
            var rings = OutputRings(limit: 4000)
            rings.append(Array((String(repeating: "x", count: 5000) + " " + secret).utf8) + Array(rest))
            let tail = rings.text.split(separator: "\n").last ?? ""
            #expect(tail.utf8.count > 2900 && !tail.contains("horse"), "\(cut): \(tail.prefix(50))")
        }
    }

    @Test func aVeryLongLineIsCutBetweenCharacters() {
        for offset in 0..<4 {
            var rings = OutputRings(limit: 400)
            rings.append(Array((String(repeating: "x", count: offset) + String(repeating: "日", count: 1000)).utf8))
            #expect(!rings.text.contains("\u{FFFD}") || rings.text.hasPrefix("x") || rings.text.hasPrefix("日"))
            #expect(rings.text.hasSuffix("日"))
            #expect(rings.text.split(separator: "\n").last?.contains("\u{FFFD}") == false)
        }
    }

    @Test func bytesThatAreNoTextAreReplacedAndWhatFollowsStays() {
        var rings = OutputRings()
        rings.append([0x61, 0xFF, 0xFE, 0x62, 0x00, 0x63])
        #expect(rings.text == "a\u{FFFD}\u{FFFD}b\0c")
    }

    /// Three bytes of text for each of these: the limit is one of bytes.
    @Test func bytesThatAreNoTextDoNotPushTheEndOut() {
        var rings = OutputRings()
        rings.append(Array("first\n".utf8))
        for _ in 0..<100 { rings.append(Array(repeating: 0xFF, count: 4096)) }
        rings.append(Array("\nOSError: the reason\n".utf8))
        #expect(rings.text.hasPrefix("first\n"))
        #expect(rings.text.hasSuffix("\nOSError: the reason\n"))
        #expect(rings.text.utf8.count <= 64 << 10)
    }

    // MARK: - Since READY

    @Test func linesSinceReadyAreCountedFromTheEnd() {
        var rings = OutputRings()
        #expect(rings.linesSinceReady == nil)
        rings.append(Array("loading\nready\n".utf8))
        rings.markReady()
        #expect(rings.linesSinceReady == 0)
        rings.append(Array("request\nerror".utf8))
        #expect(rings.linesSinceReady == 2)
        rings.append(Array(" of the model\n".utf8))
        #expect(rings.linesSinceReady == 2)
        rings.append(Array("\n".utf8))
        #expect(rings.linesSinceReady == 3)
    }

    @Test func aLineThatBeganBeforeReadyIsNotOneSince() {
        var rings = OutputRings()
        rings.append(Array("loading\nready".utf8))
        rings.markReady()
        rings.append(Array(" to serve\nnext\n".utf8))
        #expect(rings.linesSinceReady == 1)
    }

    @Test func aLineThatWasRedrawnSinceReadyIsOneSince() {
        for rest in ["\rerror\nnext\n", "\rerror\nnext\n\rlast"] {
            var rings = OutputRings()
            rings.append(Array("loading\n\r 99% of a long bar".utf8))
            rings.markReady()
            rings.append(Array(rest.utf8))
            #expect(rings.linesSinceReady == rest.split { $0.isNewline || $0 == "\r" }.count, "\(rings.text)")
        }
    }

    @Test(arguments: [0, 3, 500, 995, 1000])
    func linesSinceReadyAreThoseThatAreKept(line: Int) {
        var rings = OutputRings(limit: 400)
        rings.append(Array("the first line\n".utf8))
        for number in 0..<1000 {
            if number == line { rings.markReady() }
            rings.append(Array("line \(number)\n".utf8))
        }
        if line == 1000 { rings.markReady() }
        let lines = rings.text.split(separator: "\n")
        let since = lines.suffix(rings.linesSinceReady ?? -1)
        #expect(rings.linesSinceReady == since.count)
        #expect(since.first.map { $0.hasPrefix("[…") || $0 != "the first line" } ?? (line == 1000))
        // Every line that is kept and was written since is among them, and no other one.
        for text in lines where text.hasPrefix("line ") {
            let number = Int(text.dropFirst(5)) ?? -1
            #expect(since.contains(text) == (number >= line), "\(text)")
        }
    }

    // MARK: - In pieces

    @Test func onlyWholeLinesAreHandedOutAndEachOnce() {
        var rings = OutputRings()
        #expect(rings.output(since: 0, maximumBytes: 1000, isFinal: false) == nil)
        rings.append(Array("one\ntw".utf8))
        let first = rings.output(since: 0, maximumBytes: 1000, isFinal: false)
        #expect(first?.text == "one\n" && first?.position == 4)
        #expect(rings.output(since: 4, maximumBytes: 1000, isFinal: false) == nil)
        rings.append(Array("o\nthree".utf8))
        let second = rings.output(since: 4, maximumBytes: 1000, isFinal: false)
        #expect(second?.text == "two\n" && second?.position == 8)
        let last = rings.output(since: 8, maximumBytes: 1000, isFinal: true)
        #expect(last?.text == "three" && last?.position == 13)
        #expect(rings.output(since: 13, maximumBytes: 1000, isFinal: true) == nil)
    }

    @Test func aPieceThatIsTooLongLosesItsMiddle() {
        var rings = OutputRings()
        rings.append(Self.thousandLines)
        let piece = rings.output(since: 15, maximumBytes: 400, isFinal: false)
        let lines = piece?.text.split(separator: "\n") ?? []
        #expect(lines.first == "line 0" && lines.last == "line 999")
        #expect(lines.contains { $0.hasPrefix("[…") })
        #expect(piece?.position == Self.thousandLines.count)
    }

    @Test(arguments: [0, 15, 50, 5000, 8000], [100, 400, 10_000])
    func aPieceSaysWhatTheRingsHaveLost(position: Int, maximum: Int) throws {
        var rings = OutputRings(limit: 400)
        rings.append(Self.thousandLines)
        let start = try #require(Self.thousandLines[position...].firstIndex(of: UInt8(ascii: "\n"))) + 1
        let piece = try #require(rings.output(since: start, maximumBytes: maximum, isFinal: false))
        #expect(piece.position == Self.thousandLines.count)
        #expect(piece.text.hasSuffix("line 999\n"))
        let note = try #require(piece.text.split(separator: "\n").first { $0.hasPrefix("[…") })
        let missing = try #require(Int(note.split(separator: " ")[1]))
        #expect(piece.text.utf8.count - note.utf8.count - 1 + missing == Self.thousandLines.count - start)
    }

    private static let thousandLines =
        Array("the first line\n".utf8) + (0..<1000).flatMap { Array("line \($0)\n".utf8) }

    private static func write(_ bytes: [UInt8], to rings: inout OutputRings, _ chunk: Int) {
        var rest = bytes[...]
        while !rest.isEmpty {
            rings.append(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
        }
    }
}
