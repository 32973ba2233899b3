import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

@Suite(.turn(of: "LifecycleJournalTests")) struct UnpublishedFileTests {
    @Test func twoForOneNameLeaveEachOtherAlone() throws {
        let sandbox = try Sandbox()
        let first = try UnpublishedFile(for: sandbox.journal)
        do {
            let second = try UnpublishedFile(for: sandbox.journal)
            #expect(second.path != first.path)
        }
        // The second one has removed its own.
        #expect(try sandbox.names().map { sandbox.directory + "/" + $0 } == [first.path])
        try first.publish()
        #expect(try sandbox.names() == ["journal.sqlite"])
    }

    @Test func whatHasComeThereMeanwhileIsSomebodys() throws {
        let sandbox = try Sandbox()
        do {
            let first = try UnpublishedFile(for: sandbox.journal)
            let second = try UnpublishedFile(for: sandbox.journal)
            try first.publish()
            #expect(throws: JournalError.self) { try second.publish() }
        }
        #expect(try sandbox.names() == ["journal.sqlite"])
    }
}
