import Testing

@testable import OutputReading

struct OutputReaderTests {
    @Test func anEmptyOutputSaysNothing() {
        #expect(OutputReader.read("") == OutputReading())
    }
}
