import ModelLifecycle
import Testing

@Suite("Model names")
struct ModelNameTests {
    @Test(arguments: [
        "en-us", "x", "日本語", String(repeating: "é", count: 200), String(repeating: "e\u{301}", count: 100),
    ])
    func oneToTwoHundredScalars(name: String) {
        #expect(ModelName.isValid(name))
    }

    /// Two scalars that are one character count as two, as they do in the database.
    @Test(arguments: [
        "", String(repeating: "x", count: 201), String(repeating: "e\u{301}", count: 101), "a\0b", "\0",
    ])
    func anythingElseIsNone(name: String) {
        #expect(!ModelName.isValid(name))
    }
}
