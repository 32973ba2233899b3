import HostProcesses
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// A transition that another journal has recorded, or this one before it was damaged, with all that it names.
struct ForeignTransition {
    struct Engine {
        var id: String
        var identity: ProcessIdentity
        var programVersion: String
        var started: Int64
    }

    struct Run {
        var id: String
        var model: String
        var provider: String
        var attempt: Int64
        var correlationID: String
        var wanted: String?
        /// Canonical JSON; nil where it is not known.
        var configuration: String?
    }

    var run: Run
    /// The engine that wrote it, which is not always the one that began the run.
    var engine: Engine
    /// Its number, hashes and epoch are those of the journal that it comes from, and say nothing here.
    var content: ChainRow
    /// What became known of the run, as far as it comes with this transition.
    var notes: [StoredNote] = []
}

/// Why a foreign transition cannot be appended, without saying which one it is.
struct ForeignRefusal: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
