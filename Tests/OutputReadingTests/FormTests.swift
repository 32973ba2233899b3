import Testing

@testable import OutputReading

struct FormTests {
    @Test(arguments: Form.allCases) func aFormIsRecognisedInItsExample(form: Form) {
        let messages = MessageReader().read(OutputLine.lines(of: form.example))
        #expect(messages.contains { $0.form == form }, "\(messages)")
        #expect(!form.source.isEmpty)
        #expect((OutputReader.read(form.example).cause == nil) == (form == .ordinary))
    }
}
