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

extension ForeignTransition {
    /// - Parameter row: of a store, which has no notes.
    init(_ row: ExportedTransition) throws {
        let transition = row.row
        run = Run(
            id: transition.runID, model: transition.model, provider: transition.provider,
            attempt: Int64(transition.attempt), correlationID: transition.correlationID, wanted: row.wanted,
            configuration: row.configuration)
        engine = Engine(
            id: transition.engineID,
            identity: ProcessIdentity(
                host: transition.host, pid: Int32(clamping: transition.pid), start: row.engine?.processStart,
                pidNamespace: row.engine?.pidNamespace, bootID: row.engine?.bootID),
            programVersion: row.engine?.programVersion ?? "unknown",
            started: row.engine?.startedAt.microseconds ?? transition.content.at)
        content = transition.content
        try makeStorable()
    }

    /// Leaves secrets out, and cuts texts as this program does with its own.
    /// - Throws: `ForeignRefusal` for a value that no journal of this program has.
    mutating func makeStorable() throws {
        content.seq = 0
        content.removeSecrets()
        content.message = content.message.map(StorableText.message)
        content.outputTail = content.outputTail.map(StorableText.output)
        try Self.refuseLarge(
            [run.attempt, engine.identity.start] + content.warmups.map(\.elapsed) + content.numbers)
        if let digest = content.modelDigest, digest.utf8.count != 64 { throw ForeignRefusal("no SHA-256: '\(digest)'") }
    }

    static func refuseLarge(_ numbers: [Int64?]) throws {
        guard let number = numbers.lazy.compactMap(\.self).first(where: { $0.magnitude > CheckedRow.largest }) else {
            return
        }
        throw ForeignRefusal("a number is too large: \(number)")
    }
}

/// Why a foreign transition cannot be appended, without saying which one it is.
struct ForeignRefusal: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
