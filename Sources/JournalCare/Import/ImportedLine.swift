import Foundation
import HostProcesses
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// A line of an export; the properties are named as they stand in the JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct LineJSON: Decodable {
    struct Warmup: Decodable {
        var elapsed_ms: Double
        var error: String?
    }

    struct Identity: Decodable {
        var bytes: Int64
        var modified_at: String
        var digest: String?
    }

    struct Note: Decodable {
        var after_ordinal: Int64
        var at: String
        var kind: String
        var message: String?
        var output: String?
        var evidence: EvidenceJSON?
        var server_pid: Int32?
        var version: String?
        var model_identity: Identity?
    }

    struct Engine: Decodable {
        var program_version: String
        var started_at: String
        var process_start: Int64?
        var pid_namespace: String?
        var boot_id: String?
    }

    /// What its columns hold stands in `ChainRow`.
    var model: String
    var provider: String
    var run_id: String
    var attempt: Int64
    var correlation_id: String
    var engine_id: String
    var pid: Int32
    var host: String
    var warmup_requests: [Warmup]
    var notes: [Note]?
    var configuration: ConfigurationJSON?
    var wanted: String?
    var engine: Engine?
}

/// A line with the transition's own columns.
private struct Line: Decodable {
    var json: LineJSON
    var content: ChainRow

    init(from decoder: any Decoder) throws {
        json = try LineJSON(from: decoder)
        content = try ChainRow(from: decoder)
    }
}

extension ForeignTransition {
    /// - Parameter line: one line of an export, without its end.
    /// - Throws: `ForeignRefusal` where it is none.
    init(line: Data) throws {
        let decoded: Line
        do { decoded = try JSONDecoder().decode(Line.self, from: line) } catch let error as DecodingError {
            throw ForeignRefusal(Self.words(error))
        }
        let json = decoded.json
        run = Run(
            id: json.run_id, model: json.model, provider: json.provider, attempt: json.attempt,
            correlationID: json.correlation_id, wanted: json.wanted,
            configuration: try json.configuration?.encoded().json)
        engine = Engine(
            id: json.engine_id,
            identity: ProcessIdentity(
                host: json.host, pid: json.pid, start: json.engine?.process_start,
                pidNamespace: json.engine?.pid_namespace, bootID: json.engine?.boot_id),
            programVersion: json.engine?.program_version ?? "unknown",
            started: try json.engine.map { try JSONNumber.time($0.started_at) } ?? decoded.content.at)
        content = decoded.content
        content.warmups = try json.warmup_requests.map {
            ChainRow.Warmup(
                elapsed: try JSONNumber.microseconds($0.elapsed_ms), error: $0.error.map(StorableText.message))
        }
        notes = try (json.notes ?? []).map { note in
            // A later version may know further kinds.
            guard (1...40).contains(note.kind.utf8.count), note.kind.utf8.allSatisfy(Self.isNameByte) else {
                throw ForeignRefusal("not a kind of note: '\(note.kind.prefix(40))'")
            }
            var told = RunNote(
                RunNote.Kind(rawValue: note.kind) ?? .process, message: note.message, output: note.output,
                evidence: note.evidence?.evidence)
            told.processID = note.server_pid
            told.version = note.version
            told.identity = try note.model_identity.map {
                ModelIdentity(
                    bytes: $0.bytes, modifiedAt: WallTime(microseconds: try JSONNumber.time($0.modified_at)),
                    digest: $0.digest)
            }
            var stored = try StoredNote(told, at: WallTime(microseconds: JSONNumber.time(note.at)), kind: note.kind)
            stored.afterOrdinal = note.after_ordinal
            guard note.after_ordinal >= 0, stored.modelBytes ?? 0 >= 0, stored.modelDigest?.utf8.count ?? 64 == 64
            else { throw ForeignRefusal("a note has a number that cannot be") }
            return stored
        }
        let ofNotes: [Int64?] = notes.flatMap { [$0.afterOrdinal, $0.at, $0.modelBytes, $0.modelModified] }
        try Self.refuseLarge(ofNotes)
        try makeStorable()
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context, _ last: String? = nil) -> String {
            (context.codingPath.map(\.stringValue) + (last.map { [$0] } ?? [])).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "'\(place(context, key.stringValue))' is missing"
        case .valueNotFound(_, let context): return "'\(place(context))' is null"
        case .typeMismatch(_, let context) where context.codingPath.isEmpty: return "no JSON object"
        case .typeMismatch(_, let context): return "'\(place(context))' has another type"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: return "no JSON"
        case .dataCorrupted(let context): return "'\(place(context))' has a value that is none"
        @unknown default: return "no line of an export"
        }
    }
}
