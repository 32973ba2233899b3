import Testing

@testable import OutputReading

struct CorpusTests {
    @Test func theCauseOfEveryOutputIsTheOneThatAPersonWouldName() {
        var right = 0
        for file in CorpusFile.all {
            let faults = faults(of: file)
            if faults.isEmpty { right += 1 }
            for fault in faults { Issue.record("\(file.name): \(fault)") }
        }
        print("\(right) of \(CorpusFile.all.count) right")
        #expect(CorpusFile.all.count >= 60)
    }

    @Test func everyFileSaysWhereItComesFrom() {
        for file in CorpusFile.all {
            #expect(file.values("server").count == 1, "\(file.name)")
            #expect(file.values("source").count == 1, "\(file.name)")
            #expect(!file.values("cause").isEmpty || !file.values("answer").isEmpty, "\(file.name)")
        }
    }

    private func faults(of file: CorpusFile) -> [String] {
        var faults: [String] = []
        func demand(_ text: String?, _ what: String, holds wanted: [String]) {
            for wanted in wanted where wanted == "none" ? text != nil : text?.contains(wanted) != true {
                faults.append("\(what) is \(text ?? "nil"), not \(wanted)")
            }
        }
        if !file.values("answer").isEmpty {
            demand(OutputReader.readAnswer(file.output), "the answer", holds: file.values("answer"))
            return faults
        }
        let reading = OutputReader.read(file.output, linesSinceReady: file.linesSinceReady)
        demand(reading.cause?.text, "the cause", holds: file.values("cause"))
        demand(reading.consequence?.text, "the consequence", holds: file.values("then"))
        demand(reading.lastLine?.text, "the last line", holds: file.values("last"))
        for unwanted in file.values("not") where reading.cause?.text.contains(unwanted) == true {
            faults.append("the cause is \(reading.cause?.text ?? "nil"), with \(unwanted)")
        }
        for complaint in file.values("complaint")
        where !reading.complaints.contains(where: { $0.text.contains(complaint) }) {
            faults.append("no complaint says \(complaint): \(reading.complaints.map(\.text))")
        }
        return faults
    }
}
