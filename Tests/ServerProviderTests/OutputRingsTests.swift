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
        var written = Array("the first line\n".utf8)
        for line in 0..<1000 { written += Array("line \(line)\n".utf8) }
        var rest = written[...]
        while !rest.isEmpty {
            rings.append(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
        }
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
        #expect(rings.text.hasPrefix("aaaaaaaaaa"))
        #expect(rings.text.hasSuffix(String(repeating: "b", count: 30)))
    }

    @Test func bytesThatAreNoTextAreReplaced() {
        var rings = OutputRings()
        rings.append([0x61, 0xFF, 0xFE, 0x62])
        #expect(rings.text == "a\u{FFFD}\u{FFFD}b")
    }
}
