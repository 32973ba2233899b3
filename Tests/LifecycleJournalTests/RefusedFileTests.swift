import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Paths at which there is no journal: a clear error, and nothing changed.
@Suite(.needsSQLiteProgram, .turn(of: "LifecycleJournalTests")) struct RefusedFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var path = "journal.sqlite"
        var prepare: @Sendable (Sandbox) throws -> Void = { _ in }
        /// nil where it opens.
        var writing: JournalError.Code?
        var reading: JournalError.Code?
        var testDescription: String { name }
    }

    static func put(_ bytes: [UInt8]) -> @Sendable (Sandbox) throws -> Void {
        { sandbox in try Data(bytes).write(to: URL(fileURLWithPath: sandbox.journal)) }
    }

    static func sql(_ sql: String) -> @Sendable (Sandbox) throws -> Void {
        { sandbox in
            let answer = try sqlite3(sandbox.journal, sql)
            #expect(answer.status == 0)
        }
    }

    static let cases = [
        Case(name: "missing directory", path: "no/such/journal.sqlite", writing: .cannotCreate, reading: .notFound),
        Case(
            name: "a file as directory", path: "journal.sqlite/x", prepare: put([1]), writing: .cannotCreate,
            reading: .notFound),
        Case(
            name: "a directory",
            prepare: {
                try FileManager.default.createDirectory(atPath: $0.journal, withIntermediateDirectories: false)
            },
            writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "a pipe", prepare: { if mkfifo($0.journal, 0o600) != 0 { throw Spawn.Failure(message: "no pipe") } },
            writing: .notAJournal, reading: .notAJournal),
        Case(name: "a short text", prepare: put(Array("hello\n".utf8)), writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "a long text", prepare: put(Array(repeating: UInt8(ascii: "x"), count: 10_000)),
            writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "zeros", prepare: put(Array(repeating: 0, count: 8192)), writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "another program's database", prepare: sql("CREATE TABLE t (x); INSERT INTO t VALUES (1)"),
            writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "another program's database with a log",
            prepare: sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)"),
            writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "another program's database of which only its log knows the tables",
            prepare: { sandbox in
                let program = try ChildProcess(["sqlite3", "-batch", sandbox.journal])
                program.send("PRAGMA journal_mode = WAL; CREATE TABLE t (x); SELECT 'done';")
                #expect(program.line() == "wal")
                #expect(program.line() == "done")
                program.kill()
            }, writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "another program's database with an id",
            prepare: sql("PRAGMA application_id = 7; CREATE TABLE t (x)"),
            writing: .notAJournal, reading: .notAJournal),
        Case(
            name: "a newer journal, which may be read",
            prepare: { sandbox in
                try sandbox.engine().close()
                try sql("PRAGMA user_version = \(JournalSchema.version + 1); PRAGMA journal_mode = DELETE")(sandbox)
            }, writing: .newerVersion, reading: nil),
        Case(name: "a missing file, for a reader", writing: nil, reading: .notFound),
        Case(name: "an empty file, for a reader", prepare: put([]), writing: nil, reading: .notFound),
    ]

    @Test(arguments: cases.filter { $0.writing != nil })
    func openingForWritingChangesNothing(expected: Case) throws {
        try refused(expected, expected.writing) { _ = try EngineJournal(path: $0) }
    }

    @Test(arguments: cases.filter { $0.reading != nil })
    func openingForReadingChangesNothing(expected: Case) throws {
        try refused(expected, expected.reading) { _ = try JournalReader(path: $0) }
        try refused(expected, expected.reading) {
            try ReadOnlySQL(path: $0, sql: "SELECT 1").run(deadline: .seconds(5), columns: { _ in }, row: { _ in })
        }
    }

    @Test(arguments: cases.filter { $0.reading == nil })
    func aNewerJournalCanStillBeRead(expected: Case) throws {
        let sandbox = try Sandbox()
        try expected.prepare(sandbox)
        #expect(try sandbox.reader().isEmpty())
        let diagnosis = try Diagnosis(path: sandbox.journal)
        #expect(diagnosis.items.first { $0.name == "journal" }?.problem?.contains("newer than this program") == true)
        // Its rules are not known here: it is neither whole nor damaged.
        let unknown = #expect(throws: JournalError.self) { try JournalVerifier(sandbox.reader()).verify() }
        #expect(unknown?.code == .newerVersion)
        let uncopied = #expect(throws: JournalError.self) {
            try JournalBackup(sandbox.reader()).write(to: sandbox.directory + "/copy")
        }
        #expect(uncopied?.code == .newerVersion)
        #expect(try sandbox.contents().keys.filter { $0.hasPrefix("copy") }.isEmpty)
    }

    private func refused(_ expected: Case, _ code: JournalError.Code?, _ open: (String) throws -> Void) throws {
        let sandbox = try Sandbox()
        try expected.prepare(sandbox)
        let before = try sandbox.contents()
        let path = sandbox.directory + "/" + expected.path
        let error = #expect(throws: JournalError.self) { try open(path) }
        #expect(error?.code == code)
        #expect(error?.path.hasPrefix(sandbox.directory) == true)
        #expect(error?.message.isEmpty == false && error?.message.contains("\n") == false)
        #expect(try sandbox.contents() == before)
    }

    /// Damage that SQLite notices is told apart from a file that never was a journal.
    @Test func aDamagedJournalIsSaidToBeDamaged() async throws {
        let sandbox = try Sandbox()
        let engine = try await AppendOnlyTests.filled(sandbox)
        try engine.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: sandbox.journal))
        // The id in the header stays; every page after the first is lost.
        for index in JournalFile.pageSize..<bytes.count { bytes[index] = 0xFF }
        try bytes.write(to: URL(fileURLWithPath: sandbox.journal))
        let error = #expect(throws: JournalError.self) { try sandbox.reader().history(ReportFilter()) }
        #expect(error?.code == .damaged)
        let opening = #expect(throws: JournalError.self) { try sandbox.engine() }
        #expect(opening?.code == .damaged)
    }
}

extension Sandbox {
    /// Every path in the directory, and the bytes of the regular files.
    func contents() throws -> [String: Data?] {
        var contents: [String: Data?] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let path = directory + "/" + name
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            contents[name] = type == .typeRegular ? try Data(contentsOf: URL(fileURLWithPath: path)) : .some(nil)
        }
        return contents
    }
}
