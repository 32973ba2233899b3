import ModelLifecycle
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    /// 2022-02-22T19:22:22Z, the moment of the example in RFC 9562, appendix A.6.
    static let example = WallTime(microseconds: 1_645_557_742_000_000)

    /// A generator that gives the same word for ever.
    struct Constant: RandomNumberGenerator {
        let word: UInt64
        mutating func next() -> UInt64 { word }
    }

    static func uuid(_ wall: WallTime, random: UInt64) -> String {
        var generator = Constant(word: random)
        return uuidVersion7(at: wall, using: &generator)
    }

    @Test func aUUIDHasTheTimeTheVersionAndTheVariantAtTheirPlaces() {
        #expect(Self.uuid(Self.example, random: 0) == "017f22e2-79b0-7000-8000-000000000000")
        #expect(Self.uuid(Self.example, random: .max) == "017f22e2-79b0-7000-bfff-ffffffffffff")
        #expect(Self.uuid(Self.example, random: 0x18C4_DC0C_0C07_398F) == "017f22e2-79b0-7000-98c4-dc0c0c07398f")
        let last = WallTime(microseconds: Self.example.microseconds + 999)
        #expect(Self.uuid(last, random: 0) == "017f22e2-79b0-7ffb-8000-000000000000")
    }

    @Test func uuidsOfALaterMicrosecondSortLater() {
        var texts: [String] = []
        for microsecond in 0..<2_000 {
            texts.append(RunID(at: WallTime(microseconds: Self.example.microseconds + Int64(microsecond))).rawValue)
        }
        #expect(texts == texts.sorted())
    }

    @Test func uuidsOfOneMomentDiffer() {
        #expect(Set((0..<1_000).map { _ in RunID(at: Self.example) }).count == 1_000)
    }

    @Test(arguments: [Int64.min, -1, 0])
    func aTimeBefore1970IsTakenAsItsBeginning(microseconds: Int64) {
        #expect(Self.uuid(WallTime(microseconds: microseconds), random: 0) == "00000000-0000-7000-8000-000000000000")
    }

    @Test func aTimeBeyondTheFieldKeepsTheVersion() {
        let text = Self.uuid(WallTime(microseconds: .max), random: 0)
        #expect(text.utf8.count == 36)
        #expect(text.dropFirst(14).first == "7")
    }

    @Test(arguments: ["a", "req-42", "!", "~", "0191/x:y,z", String(repeating: "x", count: 200)])
    func aCallersIdentifierIsKeptAsItIs(text: String) {
        #expect(CorrelationID(rawValue: text)?.rawValue == text)
    }

    @Test(arguments: [
        "", " ", "a b", "a\n", "a\r\nX-Evil: 1", "\u{7F}", "\u{0}", "é", "日本", String(repeating: "x", count: 201),
    ])
    func anIdentifierThatWouldNotFitIntoAHeaderIsRefused(text: String) {
        #expect(CorrelationID(rawValue: text) == nil)
    }

    @Test func aGeneratedIdentifierIsAValidOne() {
        let made = CorrelationID(at: Self.example)
        #expect(CorrelationID(rawValue: made.rawValue) == made)
        #expect(made.description == made.rawValue)
    }
}
