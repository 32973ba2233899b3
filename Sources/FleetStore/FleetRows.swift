import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// What a table's rows are in RowBinary: which columns, in which order.
protocol FleetRow {
    static var table: String { get }
    static var columns: [String] { get }
    func write(_ journalID: String, into row: inout RowBinaryWriter)
}

extension FleetRow {
    static func bytes(_ rows: [Self], of journalID: String) -> RowBinaryWriter {
        var writer = RowBinaryWriter()
        for row in rows { row.write(journalID, into: &writer) }
        return writer
    }
}

extension ExportedTransition: FleetRow {
    static let table = "transition"

    static let columns =
        ["journal_id", "hash", "wanted", "warmup_us", "warmup_errors"] + TransitionRow.fleetColumns(.export)

    func write(_ journalID: String, into out: inout RowBinaryWriter) {
        out.add(journalID)
        out.add(hash.hexadecimal)
        out.add(wanted)
        out.add(row.warmups.map(\.elapsed))
        out.add(row.warmups.map { $0.error ?? "" })
        out.add(row)
    }

    /// - Parameter reader: at a row of `columns` without the first one.
    init(_ reader: inout RowBinaryReader) throws {
        let hash = Data(hexadecimal: try reader.text())
        let wanted = try reader.optionalText()
        let (times, errors) = try (reader.numbers(), reader.texts())
        guard times.count == errors.count else { throw FleetError(.damaged, "a warm-up in the store is not whole") }
        var row = try TransitionRow(&reader, .export)
        row.warmups = zip(times, errors).map {
            ChainRow.Warmup(elapsed: $0, error: $1.isEmpty ? nil : Redaction.redact($1))
        }
        self.init(row, wanted: wanted, hash: hash)
    }
}

extension TransitionRow {
    private static let named = [
        "model", "provider", "run_id", "attempt", "correlation_id", "engine_id", "pid", "host",
    ]

    /// What the store has of a transition.
    static func fleetColumns(_ reach: TransitionColumn.Reach) -> [String] {
        named + TransitionColumn.reaching(reach).map(\.name)
    }

    /// - Parameter reader: at a row of `fleetColumns`.
    init(_ reader: inout RowBinaryReader, _ reach: TransitionColumn.Reach) throws {
        let (model, provider, runID) = try (reader.text(), reader.text(), reader.text())
        let (attempt, correlationID) = try (reader.int(), reader.text())
        let (engineID, pid, host) = try (reader.text(), reader.int(), reader.text())
        var content = ChainRow(ordinal: 0, at: 0, from: "", to: "", trigger: "")
        for column in TransitionColumn.reaching(reach) {
            switch column.value {
            case .integer(_, let set):
                set(&content, column.form == .flag ? try reader.flag() ? 1 : 0 : try reader.number())
            case .optionalInteger(_, let set): set(&content, try reader.optionalNumber())
            case .text(_, let set): set(&content, try reader.text())
            case .optionalText(_, let set): set(&content, try reader.optionalText())
            }
        }
        self.init(
            content, model: model, provider: provider, runID: runID, attempt: attempt, correlationID: correlationID,
            engineID: engineID, pid: pid, host: host)
    }
}

extension TransitionColumn {
    /// As the store declares it.
    var clickHouseType: String {
        switch value {
        case .integer: name == "seq" ? "UInt64" : form == .flag ? "UInt8" : "Int64"
        case .optionalInteger: "Nullable(Int64)"
        case .text: "String"
        case .optionalText: "Nullable(String)"
        }
    }
}

extension RowBinaryWriter {
    /// In the order of `fleetColumns`.
    fileprivate mutating func add(_ row: TransitionRow) {
        for text in [row.model, row.provider, row.runID] { add(text) }
        add(row.attempt)
        for text in [row.correlationID, row.engineID] { add(text) }
        add(row.pid)
        add(row.host)
        for column in TransitionColumn.exported {
            switch column.value {
            case .integer(let get, _):
                let number = get(row.content)
                if column.form == .flag { add(number != 0) } else { add(number) }
            case .optionalInteger(let get, _): add(get(row.content))
            case .text(let get, _): add(get(row.content))
            case .optionalText(let get, _): add(get(row.content))
            }
        }
    }
}

extension ShippedRun: FleetRow {
    static let table = "run"

    static let columns = [
        "journal_id", "first_seq", "last_seq", "last_at_us", "run_id", "model", "provider", "version", "attempt",
        "correlation_id", "wanted", "configuration_digest", "started_us", "ended_us", "state", "outcome", "startup_us",
        "load_us", "warmup_us", "ready_us", "queue_us", "digest_us", "spawn_us", "failed_phase", "reason", "message",
        "exit_code", "signal", "evidence", "server_pid", "model_bytes", "model_modified_us", "model_digest",
        "retry_at_us",
        "engine_id", "pid", "host",
    ]

    func write(_ journalID: String, into out: inout RowBinaryWriter) {
        out.add(journalID)
        out.add(unsigned: firstSeq)
        out.add(unsigned: lastSeq)
        out.add(lastAt.microseconds)
        out.add(row.runID)
        out.add(row.model)
        out.add(row.provider)
        out.add(row.version)
        out.add(row.attempt)
        out.add(row.correlationID)
        out.add(row.wanted)
        out.add(configurationDigest)
        out.add(row.startedAt.microseconds)
        out.add(row.endedAt?.microseconds)
        out.add(row.state.text)
        out.add(row.outcome.text)
        out.add(row.startup)
        out.add(row.load)
        out.add(row.warmup)
        out.add(row.ready)
        out.add(row.queue)
        out.add(row.digest)
        out.add(row.spawn)
        out.add(row.failedPhase?.text)
        out.add(row.reason?.text)
        out.add(row.message)
        out.add(row.exitCode)
        out.add(row.signal)
        out.add(row.evidence.flatMap(\.json))
        out.add(row.serverPID)
        out.add(row.identity)
        out.add(retryAt?.microseconds)
        out.add(row.engineID)
        out.add(row.pid)
        out.add(row.host)
    }

    /// - Parameter reader: at a row of `columns`.
    /// - Returns: it, and its journal.
    static func read(_ reader: inout RowBinaryReader) throws -> (journalID: String, run: ShippedRun) {
        let journalID = try reader.text()
        let (firstSeq, lastSeq, lastAt) = try (reader.number(), reader.number(), reader.number())
        let (runID, model, provider) = try (reader.text(), reader.text(), reader.text())
        let version = try reader.optionalText()
        let attempt = try reader.int()
        let correlationID = try reader.text()
        let wanted = try reader.optionalText()
        let configurationDigest = try reader.text()
        let started = try reader.number()
        let ended = try reader.optionalNumber()
        let state = Recorded<ModelState>(try reader.text())
        let outcome = Recorded<RunOutcome>(try reader.text())
        var row = RunRow(
            id: firstSeq, runID: runID, model: model, provider: provider, version: version, attempt: attempt,
            correlationID: correlationID, startedAt: WallTime(microseconds: started),
            endedAt: ended.map(WallTime.init(microseconds:)), state: state, outcome: outcome, engineID: "", pid: 0,
            host: "")
        row.wanted = wanted
        (row.startup, row.load) = try (reader.optionalNumber(), reader.optionalNumber())
        (row.warmup, row.ready) = try (reader.optionalNumber(), reader.optionalNumber())
        (row.queue, row.digest) = try (reader.optionalNumber(), reader.optionalNumber())
        row.spawn = try reader.optionalNumber()
        row.failedPhase = try reader.optionalText().map(Recorded.init)
        row.reason = try reader.optionalText().map(Recorded.init)
        row.message = try reader.optionalText().map(Redaction.redact)
        (row.exitCode, row.signal) = try (reader.optionalInt(), reader.optionalInt())
        row.evidence = try reader.optionalText().flatMap { FailureEvidence(json: $0) }
        row.serverPID = try reader.optionalInt()
        row.identity = try ModelIdentity(&reader)
        let retryAt = try reader.optionalNumber().map(WallTime.init(microseconds:))
        row.engineID = try reader.text()
        row.pid = try reader.int()
        row.host = try reader.text()
        return (
            journalID,
            ShippedRun(
                row, firstSeq: firstSeq, lastSeq: lastSeq, lastAt: WallTime(microseconds: lastAt), retryAt: retryAt,
                configurationDigest: configurationDigest)
        )
    }
}

extension ShippedEngine: FleetRow {
    static let table = "engine"

    static let columns = [
        "journal_id", "engine_id", "host", "pid", "program_version", "started_us", "process_start", "pid_namespace",
        "boot_id",
    ]

    func write(_ journalID: String, into out: inout RowBinaryWriter) {
        out.add(journalID)
        out.add(engineID)
        out.add(host)
        out.add(pid)
        out.add(facts.programVersion)
        out.add(facts.startedAt.microseconds)
        out.add(facts.processStart)
        out.add(facts.pidNamespace)
        out.add(facts.bootID)
    }
}

/// What a run was started with.
struct ShippedConfiguration: FleetRow {
    static let table = "configuration"
    static let columns = ["journal_id", "digest", "json"]

    var digest: String
    var json: String

    func write(_ journalID: String, into out: inout RowBinaryWriter) {
        out.add(journalID)
        out.add(digest)
        out.add(json)
    }
}

extension RowBinaryWriter {
    fileprivate mutating func add(_ identity: ModelIdentity?) {
        add(identity?.bytes)
        add(identity?.modifiedAt.microseconds)
        add(identity.flatMap(\.digest))
    }
}

extension ModelIdentity {
    fileprivate init?(_ reader: inout RowBinaryReader) throws {
        let (bytes, modified) = try (reader.optionalNumber(), reader.optionalNumber())
        let digest = try reader.optionalText()
        guard let bytes, let modified else { return nil }
        self.init(bytes: bytes, modifiedAt: WallTime(microseconds: modified), digest: digest)
    }
}

extension Data {
    /// Of digits; anything else is empty, and equal to no hash.
    init(hexadecimal text: String) {
        let values = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard values.count.isMultiple(of: 2), !values.contains(nil) else {
            self.init()
            return
        }
        let digits = values.compactMap(\.self)
        self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
