package import Foundation
import GRDB
package import ModelLifecycle

/// What became known of a run between two of its transitions, as it is reported.
package struct NoteRow: Sendable, Hashable {
    /// 1, 2, 3 … within the run.
    package var ordinal: Int
    /// The ordinal of the run's last transition at that time.
    package var afterOrdinal: Int
    package var at: WallTime
    /// One of `RunNote.Kind`, or one that a later version of this program has written.
    package var kind: String
    package var message: String?
    package var output: String?
    package var evidence: FailureEvidence?
    package var processID: Int?
    package var version: String?
    package var identity: ModelIdentity?

    /// Whether `history` tells it between the transitions: the others only say how a run went on.
    package var isEvent: Bool {
        switch RunNote.Kind(rawValue: kind) {
        case .worker, .liveness, .stop, .status: message != nil
        case .process, .output, nil: false
        }
    }
}

/// A note as the journal keeps it.
package struct StoredNote: Hashable {
    /// What is bound, selected and hashed, in this order.
    package static let columns = """
        ordinal, after_ordinal, at_us, kind, message, output, evidence, server_pid, version, model_bytes,
        model_modified_us, model_digest
        """

    /// The longest message that is stored, in bytes.
    static let messageLimit = 1024
    /// The most output that one note stores, in bytes.
    static let outputLimit = 24 << 10

    package var ordinal: Int64
    package var afterOrdinal: Int64
    package var at: Int64
    package var kind: String
    package var message: String?
    package var output: String?
    package var evidence: String?
    package var serverPID: Int64?
    package var version: String?
    package var modelBytes: Int64?
    package var modelModified: Int64?
    package var modelDigest: String?

    /// Without secrets, and bounded. Its place within the run is filled in where it is appended.
    /// - Parameter kind: of a note that a later version of this program has written.
    package init(_ note: RunNote, at: WallTime, kind laterKind: String? = nil) throws {
        ordinal = 0
        afterOrdinal = 0
        self.at = at.microseconds
        kind = laterKind ?? note.kind.rawValue
        message = note.message.map {
            Redaction.bounded(Redaction.redact($0), maximumBytes: Self.messageLimit)
        }
        output = note.output.map { Redaction.boundedTail(Redaction.redact($0), maximumBytes: Self.outputLimit) }
        evidence = try note.evidence.map { try EvidenceJSON($0).text() }
        serverPID = note.processID.map(Int64.init)
        version = note.version.map(StorableText.message)
        modelBytes = note.identity?.bytes
        modelModified = note.identity?.modifiedAt.microseconds
        modelDigest = note.identity?.digest
    }

    /// As it is written into another journal.
    package var withoutSecrets: StoredNote {
        var note = self
        note.message = message.map(Redaction.redact)
        note.output = output.map(Redaction.redact)
        note.evidence = evidence.map(EvidenceJSON.withoutSecrets)
        note.version = version.map(Redaction.redact)
        return note
    }

    /// - Parameter row: of `note`, perhaps of a damaged journal.
    /// - Throws: where a value is not what the schema allows.
    package init(row: CheckedRow) throws {
        ordinal = try row["ordinal"]
        afterOrdinal = try max(0, row["after_ordinal"])
        at = try max(0, row["at_us"])
        kind = try row["kind"]
        message = try row["message"]
        output = try row["output"]
        evidence = try (row["evidence"] as String?).flatMap { $0.hasPrefix("{") && $0.hasSuffix("}") ? $0 : nil }
        serverPID = try row["server_pid"]
        version = try row["version"]
        modelBytes = try (row["model_bytes"] as Int64?).map { max(0, $0) }
        modelModified = try row["model_modified_us"]
        modelDigest = try (row["model_digest"] as String?).flatMap { $0.count == 64 ? $0 : nil }
    }

    /// - Parameters:
    ///   - statement: at a row that begins with `columns`.
    ///   - first: the index of the first of them.
    package init(statement: RawStatement, first: Int = 0) throws {
        func text(_ column: Int) throws -> String? { try statement.text(first + column) }
        func integer(_ column: Int) throws -> Int64? { try statement.integer(first + column) }
        ordinal = try statement.required(statement.integer, first)
        afterOrdinal = try statement.required(statement.integer, first + 1)
        at = try statement.required(statement.integer, first + 2)
        kind = try statement.required(statement.text, first + 3)
        message = try text(4)
        output = try text(5)
        evidence = try text(6)
        serverPID = try integer(7)
        version = try text(8)
        modelBytes = try integer(9)
        modelModified = try integer(10)
        modelDigest = try text(11)
    }

    /// Whether both say the same, secrets apart.
    func says(_ other: StoredNote) -> Bool {
        if message == other.message, output == other.output, evidence == other.evidence { return true }
        let (row, otherRow) = (row, other.row)
        return row.message == otherRow.message && row.output == otherRow.output && row.evidence == otherRow.evidence
    }

    /// - Parameters:
    ///   - previous: the hash of the run's note before; empty for the first one.
    ///   - runID: the run that it is about.
    package func hash(after previous: Data, runID: String) -> Data {
        var hash = ChainHash("note")
        hash.add(previous)
        hash.add(runID)
        for number in [ordinal, afterOrdinal, at] { hash.add(number) }
        hash.add(kind)
        for text in [message, output, evidence] { hash.add(text) }
        hash.add(serverPID)
        hash.add(version)
        hash.add(modelBytes)
        hash.add(modelModified)
        hash.add(modelDigest)
        return hash.finished()
    }

    /// As it is reported: without secrets, which a note of an older or of another program may hold.
    package var row: NoteRow {
        NoteRow(
            ordinal: Int(ordinal), afterOrdinal: Int(afterOrdinal), at: WallTime(microseconds: at), kind: kind,
            message: message.map(Redaction.redact), output: output.map(Redaction.redact),
            // Evidence that a later program wrote in another form is no reason not to report the note.
            evidence: evidence.flatMap { try? EvidenceJSON(json: $0).evidence }, processID: serverPID.map { Int($0) },
            version: version.map(Redaction.redact),
            identity: modelBytes.flatMap { bytes in
                modelModified.map {
                    ModelIdentity(bytes: bytes, modifiedAt: WallTime(microseconds: $0), digest: modelDigest)
                }
            })
    }
}
