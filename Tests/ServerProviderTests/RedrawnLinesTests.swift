import Testing

@testable import ServerProvider

@Suite("Redrawn lines")
struct RedrawnLinesTests {
    /// What is kept of this, and however it comes in pieces.
    private func kept(_ written: String) -> String {
        let bytes = Array(written.utf8)
        var texts: [String] = []
        for size in [1, 2, 3, 7, bytes.count] where size > 0 {
            var rings = OutputRings()
            var rest = bytes[...]
            while !rest.isEmpty {
                rings.append(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            texts.append(rings.text)
        }
        #expect(Set(texts).count <= 1, "\(written.debugDescription) depends on how it came: \(texts)")
        return texts.last ?? ""
    }

    @Test(arguments: [
        ("\r 10%\r 50%\r100%\ndone\n", "100%\ndone\n"),
        ("a\r\nb\r\n", "a\nb\n"), ("a\r\nb\rc\r\n\r\nd\r\n", "a\nc\n\nd\n"),
        ("a\r\r\nb", "a\nb"),
        ("a\n\r\nb", "a\n\nb"),
        // A bar that is drawn with the return behind it.
        ("10%\r20%\r30%\r", "30%"),
        ("10%\r20%\r\nthen\n", "20%\nthen\n"),
        // An error on the line of the bar.
        ("start\n\r 1%\r 2%OSError: no space\n", "start\n 2%OSError: no space\n"),
        // A bar that wipes itself out.
        ("before\n\r 99%\r     \rafter\n", "before\nafter\n"),
        ("\r\r\r", ""), ("\n\r\n", "\n\n"), ("", ""),
        ("no end", "no end"), ("a\0b\rc\0d\n", "c\0d\n"),
    ])
    func aLineCountsAsItWasDrawnLast(written: String, kept: String) {
        #expect(self.kept(written) == kept)
    }

    @Test func aBarOfMegabytesLeavesOneLine() {
        var rings = OutputRings()
        rings.append(Array("starting\n".utf8))
        for step in 0..<100_000 { rings.append(Array("\rfetching \(step) of 100000 MB".utf8)) }
        rings.append(Array("OSError: no space left\n".utf8))
        #expect(rings.text == "starting\nfetching 99999 of 100000 MBOSError: no space left\n")
        #expect(rings.dropped == 0)
    }

    @Test func aLineTooLongToBeHeldIsPassedOn() {
        var rings = OutputRings()
        let long = Array(repeating: UInt8(ascii: "x"), count: RedrawnLines.longestUnfinished + 1)
        rings.append(long)
        rings.append(Array("\rshort\n".utf8))
        #expect(rings.text == String(decoding: long, as: UTF8.self) + "short\n")
        #expect(rings.total == long.count + 6)
    }
}
