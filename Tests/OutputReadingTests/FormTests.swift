import Testing

@testable import OutputReading

struct FormTests {
    @Test(arguments: FormExample.table) func aFormIsRecognisedInItsExample(example: FormExample) {
        let messages = MessageReader().read(OutputLine.lines(of: example.output))
        #expect(messages.contains { $0.form == example.form }, "\(messages.map(\.form))")
        #expect(!example.source.isEmpty)
        let cause = OutputReader.read(example.output).cause?.text
        if let wanted = example.cause {
            #expect(cause?.contains(wanted) == true, "\(cause ?? "nil")")
        } else {
            #expect(cause == nil)
        }
    }

    @Test func everyFormHasAnExample() {
        #expect(Set(FormExample.table.map(\.form)) == Set(Form.allCases))
    }
}
