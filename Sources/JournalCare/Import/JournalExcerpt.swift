package import JournalReports
import LifecycleJournal

extension JournalReader {
    /// Rows that a store has of another journal, as a journal in memory: the same reports answer from it.
    /// - Parameters:
    ///   - rows: in their order; each run's first one has its configuration.
    ///   - name: of the store, for errors.
    /// - Throws: `JournalError` with code `invalidData` for a row that no journal could have.
    package init(excerpt rows: [ExportedTransition], name: String) throws {
        try self.init(inMemory: name) { db in
            var history = ForeignHistory(path: name, locks: nil)
            do {
                try history.begin(db)
                for row in rows { _ = try history.append(db, ForeignTransition(row)) }
                try history.end(db)
            } catch let refusal as ForeignRefusal {
                throw JournalError(.invalidData, name, refusal.message)
            }
        }
    }
}
