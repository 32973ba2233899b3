import GRDB
import LifecycleJournal

/// A view that anybody may use from any SQLite program.
package struct PublicView: Sendable, Hashable {
    package var name: String
    package var summary: String
    package var columns: [String]
}

extension PublicView {
    private static let summaries: [(String, String)] = [
        ("transitions", "every transition, in the order in which it was recorded"),
        ("runs", "one row a run: one attempt to bring a model to READY"),
        ("load_timings", "one row for each run whose model was loaded"),
        ("failed_warmups", "one row for each warm-up that failed or was cut short"),
        ("current_states", "one row a model: where it is now"),
        ("run_notes", "what became known of a run between its transitions: output, processes, workers"),
        ("startup_stats", "counts and percentiles for each model and provider"),
    ]

    /// The views with their columns, as this program creates them.
    package static func all() throws -> [PublicView] {
        let database = try DatabaseQueue()
        try JournalSchema.migrator.migrate(database)
        return try database.read { db in
            try summaries.map { name, summary in
                PublicView(name: name, summary: summary, columns: try db.columns(in: name).map(\.name))
            }
        }
    }
}
