import Foundation
import GRDB
import JournalReports
import LifecycleJournal

/// Takes in what `export` has put out, here or on another machine: all of it, or, where one line does not fit, nothing.
/// What is in the journal already is passed over, so that the same file can be taken in again.
package struct JournalImport {
    package struct Result: Sendable, Hashable {
        package var added = 0
        /// Transitions that were there before.
        package var known = 0
    }

    private let path: String

    /// - Parameter path: of the journal; it is created where there is none.
    package init(path: String) { self.path = JournalFile.resolved(path) }

    /// Engines that want to write meanwhile wait; their models go on serving. Nobody waits for what sends the lines: what
    /// is no plain file is read to its end before anything else happens.
    /// - Parameters:
    ///   - descriptor: of NDJSON; empty lines are passed over.
    ///   - name: what it is called in errors.
    ///   - progress: called with the number of lines read.
    /// - Throws: `JournalError`, with code `invalidData` naming the line that does not fit; nothing has changed then.
    package func perform(
        from descriptor: Int32, name: String, _ progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        let spooled = try SpooledInput(descriptor, name: name) { _ = try parse($0, number: $1, of: name) }
        let lines = LineReader(spooled.descriptor, name: name)
        let locks = OwnerLocks(journal: path)
        func takeAll(_ writer: JournalWriter) throws -> Result {
            do {
                let result = try writer.write { db in
                    try EngineJournal.insertJournalInfo(db, at: .now, follows: nil)
                    try ChainEnd.check(db, path: path)
                    return try take(lines, name, into: db, locks, progress)
                }
                // The log holds all that was taken in. It is in the journal, whatever becomes of the sums.
                try? writer.checkpoint()
                try? writer.addUpAll()
                try writer.close()
                return result
            } catch  where JournalError(error, path: path).code == .damaged {
                writer.abandon()
                throw error
            } catch {
                // Nobody else may come to fold in what preparing the journal has logged.
                try? writer.close()
                throw error
            }
        }
        // Other openers wait only for a new journal, of which nothing is left where a line does not fit.
        var opened: JournalWriter?
        let result = try JournalConnection.openWriter(path, locks: locks) { writer, isNew -> Result? in
            opened = writer
            return isNew ? try takeAll(writer) : nil
        }
        if let result { return result }
        return try journalErrors(path) { try opened.map(takeAll) ?? Result() }
    }

    private func take(
        _ lines: LineReader, _ name: String, into db: Database, _ locks: OwnerLocks, _ progress: (Int) -> Void
    ) throws -> Result {
        var lines = lines
        var result = Result()
        var history = ForeignHistory(path: path, locks: locks)
        try history.begin(db)
        while let line = try lines.next() {
            guard let transition = try parse(line, number: lines.number, of: name) else { continue }
            do {
                if try history.append(db, transition) {
                    result.added += 1
                } else {
                    result.known += 1
                }
            } catch let refusal as ForeignRefusal {
                throw refused(name, lines.number, refusal.message)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                throw refused(name, lines.number, error.message ?? "the journal refuses it")
            }
            if lines.number.isMultiple(of: 1000) { progress(lines.number) }
        }
        try history.end(db)
        return result
    }

    /// - Returns: nil for an empty line.
    private func parse(_ line: Data, number: Int, of name: String) throws -> ForeignTransition? {
        guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else { return nil }
        do { return try ForeignTransition(line: line) } catch let refusal as ForeignRefusal {
            throw refused(name, number, refusal.message)
        }
    }

    private func refused(_ name: String, _ line: Int, _ why: String) -> JournalError {
        let why = why.hasPrefix("modeljournal: ") ? String(why.dropFirst("modeljournal: ".count)) : why
        return JournalError(.invalidData, name, "line \(line): \(why); nothing was imported")
    }
}
