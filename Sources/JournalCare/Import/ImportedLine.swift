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

    var at: String
    var model: String
    var provider: String
    var run_id: String
    var attempt: Int64
    var correlation_id: String
    var from_state: String
    var to_state: String
    var trigger: String
    var reason: String?
    var message: String?
    var elapsed_ms: Double?
    var exit_code: Int32?
    var signal: Int32?
    var engine_id: String
    var pid: Int32
    var host: String
    var after_gap: Bool?
    var ordinal: Int64
    var version: String?
    var output_tail: String?
    var retry_at: String?
    var warmup_requests: [Warmup]
    var notes: [Note]?
    var configuration: ConfigurationJSON?
    var wanted: String?
    var evidence: EvidenceJSON?
    var queue_ms: Double?
    var digest_ms: Double?
    var spawn_ms: Double?
    var server_pid: Int32?
    var model_identity: Identity?
    var engine: Engine?
}

extension ForeignTransition {
    /// - Parameter line: one line of an export, without its end.
    /// - Throws: `ForeignRefusal` where it is none.
    init(line: Data) throws {
        let json: LineJSON
        do { json = try JSONDecoder().decode(LineJSON.self, from: line) } catch let error as DecodingError {
            throw ForeignRefusal(Self.words(error))
        }
        func time(_ text: String) throws -> Int64 {
            guard let time = RFC3339.time(text) else { throw ForeignRefusal("no time in RFC 3339 and UTC: '\(text)'") }
            return time.microseconds
        }
        func microseconds(_ milliseconds: Double?) throws -> Int64? {
            guard let milliseconds else { return nil }
            guard milliseconds >= 0, let value = Int64(exactly: (milliseconds * 1000).rounded()) else {
                throw ForeignRefusal("no duration in milliseconds: \(milliseconds)")
            }
            return value
        }
        let at = try time(json.at)
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
            started: try json.engine.map { try time($0.started_at) } ?? at)
        content = ChainRow(
            seq: 0, run: Data(), engine: Data(), ordinal: json.ordinal, epoch: 0, at: at, from: json.from_state,
            to: json.to_state, trigger: json.trigger, reason: json.reason,
            message: json.message.map(StorableText.message), elapsed: try microseconds(json.elapsed_ms),
            exitCode: json.exit_code.map(Int64.init), signal: json.signal.map(Int64.init), version: json.version,
            outputTail: json.output_tail.map(StorableText.output), evidence: try json.evidence?.text(),
            queue: try microseconds(json.queue_ms), digest: try microseconds(json.digest_ms),
            spawn: try microseconds(json.spawn_ms), serverPID: json.server_pid.map(Int64.init),
            modelBytes: json.model_identity?.bytes,
            modelModified: try json.model_identity.map { try time($0.modified_at) },
            modelDigest: json.model_identity?.digest, retryAt: try json.retry_at.map(time),
            afterGap: json.after_gap == true ? 1 : 0,
            warmups: try json.warmup_requests.map {
                ChainRow.Warmup(
                    elapsed: try microseconds($0.elapsed_ms) ?? 0, error: $0.error.map(StorableText.message))
            })
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
                    bytes: $0.bytes, modifiedAt: WallTime(microseconds: try time($0.modified_at)), digest: $0.digest)
            }
            var stored = try StoredNote(told, at: WallTime(microseconds: time(note.at)), kind: note.kind)
            stored.afterOrdinal = note.after_ordinal
            guard note.after_ordinal >= 0, stored.modelBytes ?? 0 >= 0, stored.modelDigest?.utf8.count ?? 64 == 64
            else { throw ForeignRefusal("a note has a number that cannot be") }
            return stored
        }
        let ofNotes: [Int64?] = notes.flatMap { [$0.afterOrdinal, $0.at, $0.modelBytes, $0.modelModified] }
        let numbers: [Int64?] = [
            json.attempt, json.ordinal, json.engine?.process_start, content.elapsed, content.queue, content.digest,
            content.spawn, content.modelBytes,
        ]
        if let number = ((numbers + ofNotes).compactMap(\.self) + content.warmups.map(\.elapsed)).first(where: {
            $0.magnitude > CheckedRow.largest
        }) {
            throw ForeignRefusal("a number is too large: \(number)")
        }
        if let digest = content.modelDigest, digest.utf8.count != 64 { throw ForeignRefusal("no SHA-256: '\(digest)'") }
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
