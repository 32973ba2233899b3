import ModelLifecycle
import Testing

@Suite("Bounded text")
struct BoundedTextTests {
    @Test(arguments: ["", "short", "exactly 20 bytes lon"])
    func aTextThatFitsStaysAsItIs(text: String) {
        #expect(Redaction.bounded(text, maximumBytes: 20) == text)
        #expect(Redaction.boundedTail(text, maximumBytes: 20) == text)
    }

    @Test func aLongMessageKeepsItsBeginningAndSaysHowMuchIsMissing() {
        let text = String(repeating: "x", count: 100)
        let bounded = Redaction.bounded(text, maximumBytes: 50)
        #expect(bounded == String(repeating: "x", count: 31) + "[69 bytes dropped]")
    }

    @Test func aLongOutputKeepsItsEndAndSaysHowMuchIsMissing() {
        let text = String(repeating: "x", count: 90) + "the cause."
        let bounded = Redaction.boundedTail(text, maximumBytes: 30)
        #expect(bounded == "[89 bytes dropped]x" + "the cause.")
    }

    static let texts = [
        String(repeating: "é", count: 50), String(repeating: "東", count: 40), String(repeating: "👩‍👩‍👧‍👦", count: 9),
        String(repeating: "\r\n", count: 60), String(repeating: "e\u{301}", count: 40),
        "ascii " + String(repeating: "🎙️", count: 20),
    ]

    @Test(arguments: texts)
    func aCutFallsBetweenCharacters(text: String) throws {
        for limit in 0..<text.utf8.count {
            let head = Redaction.bounded(text, maximumBytes: limit)
            let tail = Redaction.boundedTail(text, maximumBytes: limit)
            #expect(head.utf8.count <= limit)
            #expect(tail.utf8.count <= limit)
            let kept = head.firstIndex(of: "[").map { String(head[..<$0]) } ?? head
            #expect(text.hasPrefix(kept), "cut at \(limit)")
            let keptTail = tail.firstIndex(of: "]").map { String(tail[tail.index(after: $0)...]) } ?? tail
            #expect(text.hasSuffix(keptTail), "cut at \(limit)")
        }
    }

    @Test(arguments: texts)
    func whatIsKeptAndWhatIsDroppedAddUp(text: String) throws {
        for limit in 30..<text.utf8.count {
            for bounded in [
                Redaction.bounded(text, maximumBytes: limit), Redaction.boundedTail(text, maximumBytes: limit),
            ] {
                let open = try #require(bounded.firstIndex(of: "["))
                let close = try #require(bounded.firstIndex(of: "]"))
                let dropped = try #require(Int(bounded[open...].dropFirst().prefix { $0 != " " }))
                let note = bounded[open...close].utf8.count
                #expect(bounded.utf8.count - note + dropped == text.utf8.count)
            }
        }
    }

    @Test(arguments: [0, -1, .min])
    func aLimitOfNothingLeavesNothing(limit: Int) {
        #expect(Redaction.bounded("text", maximumBytes: limit).isEmpty)
        #expect(Redaction.boundedTail("text", maximumBytes: limit).isEmpty)
    }

    @Test func aCharacterOfAMegabyteIsCutAllTheSame() {
        let text = "e" + String(repeating: "\u{301}", count: 500_000)
        let bounded = Redaction.bounded(text, maximumBytes: 1_000)
        #expect((900...1_000).contains(bounded.utf8.count))
        #expect((900...1_000).contains(Redaction.boundedTail(text, maximumBytes: 1_000).utf8.count))
    }
}
