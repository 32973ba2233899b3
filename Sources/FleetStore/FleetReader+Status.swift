import JournalCare
package import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Where all models are now. What depends on their earlier runs is asked for many models at a time: after a power cut a whole
/// fleet is loading.
extension FleetReader {
    /// - Note: whether an engine on another machine is alive nobody can see from here.
    package func status(models: [String]) async throws -> [ModelStatus] {
        try await status(models: models, together: Self.modelsTogether)
    }

    /// The store sorts the runs of so many models at a time, which bounds the memory that it takes.
    private static let modelsTogether = 100

    func status(models: [String], together: Int) async throws -> [ModelStatus] {
        let last = try await lastRuns(models)
        var standIns: [FleetModel: String] = [:]
        for (journal, run) in last where run.row.state == .ready {
            if let wanted = run.row.wanted { standIns[FleetModel(journalID: journal, name: wanted)] = run.row.model }
        }
        // A journal's runs lie together.
        let byJournal = last.sorted { $0.journalID < $1.journalID }
        let starting = byJournal.filter { $0.run.isStarting }
        let interrupted = byJournal.filter { $0.run.wasInterrupted }
        var past = FleetPast()
        for few in starting.map(FleetModel.init).inPieces(of: together) { try await addStarts(of: few, to: &past) }
        for few in interrupted.map(FleetModel.init).inPieces(of: together) {
            try await addInterruptions(of: few, to: &past)
        }
        let digests = (starting + interrupted).map(\.run.configurationDigest) + past.digests
        let configurations = try await configurations(Set(digests))
        return last.map { found in
            let model = FleetModel(found)
            var status = ModelStatus(run: found.run, servedBy: standIns[model])
            // Only what was looked for, and has come to the store.
            guard let configuration = configurations[found.run.configurationDigest] else { return status }
            status.expectation = PhaseExpectation(
                loads: past.loads[model] ?? [], warmups: past.warmups[model] ?? [:], of: configuration
            ) { configurations[$0] }
            status.interruptionsInARow = past.interruptions[model] ?? 0
            status.isCrashLoop = status.interruptionsInARow >= configuration.retry.interruptionLimit
            return status
        }
    }

    /// The last run of each model of each journal.
    private func lastRuns(_ models: [String]) async throws -> [Found] {
        var filter = ReportFilter()
        filter.models = models
        var grep: MessagePattern?
        let clause = try await checked(filter, "run", grep: &grep).clause
        let newest = "SELECT journal_id, max(first_seq) FROM run\(clause) GROUP BY journal_id, model"
        let sql = """
            SELECT \(Self.runColumns) FROM \(Self.latest("(journal_id, first_seq) GLOBAL IN (\(newest))"))
            ORDER BY model, host, journal_id
            """
        var last: [Found] = []
        try await each(sql, ShippedRun.read) { run in
            last.append(run)
            return true
        }
        return last
    }

    private func addStarts(of models: ArraySlice<FleetModel>, to past: inout FleetPast) async throws {
        let wanted = FleetModel.table(models)
        let sql = """
            SELECT journal_id, model, configuration_digest, groupArray(assumeNotNull(load_us)), groupArray(warmup_us)
            FROM (
                SELECT journal_id, model, configuration_digest, load_us, warmup_us
                FROM run FINAL WHERE (journal_id, model) IN \(wanted.name) AND load_us IS NOT NULL
                ORDER BY journal_id, model, first_seq DESC LIMIT \(PhaseExpectation.recent) BY journal_id, model
            )
            GROUP BY journal_id, model, configuration_digest
            """
        try await each(sql, with: [wanted]) { reader in
            try (FleetModel(&reader), digest: reader.text(), loads: reader.numbers(), warmups: reader.numbers())
        } _: { model, digest, loads, warmups in
            past.loads[model, default: []] += loads
            past.warmups[model, default: [:]][digest] = warmups
            return true
        }
    }

    private func addInterruptions(of models: ArraySlice<FleetModel>, to past: inout FleetPast) async throws {
        let wanted = FleetModel.table(models)
        // Counted back from the last run, as `InterruptionsInARow` does.
        let isOne = "(outcome = 'interrupted' AND startup_us IS NULL)"
        let sql = """
            SELECT journal_id, model,
                toInt64(arrayCount(place -> place > other, groupArrayIf(first_seq, \(isOne)))),
                maxIf(first_seq, NOT \(isOne)) AS other
            FROM run FINAL WHERE (journal_id, model) IN \(wanted.name) GROUP BY journal_id, model
            """
        try await each(sql, with: [wanted]) { reader in
            let found = try (FleetModel(&reader), count: reader.int())
            _ = try reader.number()
            return found
        } _: { model, count in
            past.interruptions[model] = count
            return true
        }
    }

    /// By their digests; without those that are not in the store, or in a form that this program does not know.
    private func configurations(_ digests: Set<String>) async throws -> [String: RunConfiguration] {
        guard !digests.isEmpty else { return [:] }
        var rows = RowBinaryWriter()
        for digest in digests { rows.add(digest) }
        let wanted = ExternalTable(name: "wanted_digests", structure: "digest String", rows: rows.buffer)
        var found: [String: RunConfiguration] = [:]
        let sql = "SELECT digest, json FROM configuration WHERE digest IN \(wanted.name) LIMIT 1 BY digest"
        try await each(sql, with: [wanted]) {
            try ($0.text(), $0.text())
        } _: { digest, json in
            found[digest] = RunConfiguration(recorded: json)
            return true
        }
        return found
    }
}

/// A model on one machine.
private struct FleetModel: Hashable {
    var journalID: String
    var name: String

    init(journalID: String, name: String) {
        self.journalID = journalID
        self.name = name
    }

    init(_ found: FleetReader.Found) { self.init(journalID: found.journalID, name: found.run.row.model) }

    init(_ reader: inout RowBinaryReader) throws { try self.init(journalID: reader.text(), name: reader.text()) }

    static func table(_ models: ArraySlice<FleetModel>) -> ExternalTable {
        var rows = RowBinaryWriter()
        for model in models {
            rows.add(model.journalID)
            rows.add(model.name)
        }
        return ExternalTable(name: "wanted_models", structure: "journal_id String, model String", rows: rows.buffer)
    }
}

/// What earlier runs say of some models. Durations are in microseconds.
private struct FleetPast {
    var loads: [FleetModel: [Int64]] = [:]
    /// By the digest of the configuration.
    var warmups: [FleetModel: [String: [Int64]]] = [:]
    var interruptions: [FleetModel: Int] = [:]

    var digests: [String] { warmups.values.flatMap(\.keys) }
}

extension ShippedRun {
    fileprivate var isStarting: Bool {
        row.state == .loading || row.state == .warmingUp
    }

    fileprivate var wasInterrupted: Bool {
        row.state == .error && row.outcome == .interrupted
    }
}

extension ModelStatus {
    fileprivate init(run: ShippedRun, servedBy: String?) {
        let isInFlight = run.row.state.known?.isInFlight == true
        self.init(
            run: run.row, since: run.lastAt,
            owner: isInFlight || run.retryAt != nil
                ? OwnerRow(engineID: run.row.engineID, pid: run.row.pid, host: run.row.host, liveness: .unknown) : nil,
            nextRetryAt: run.retryAt, servedBy: servedBy)
    }
}

extension Array {
    fileprivate func inPieces(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
