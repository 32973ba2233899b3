import JournalCare
package import JournalReports
import LifecycleJournal
import ModelLifecycle

/// One run, and what is to be said of it. What it takes is put into a journal in memory, so that the same code
/// answers as for every journal.
extension FleetReader {
    /// So many earlier runs of the model are looked at: more than what a journal's reports compare with.
    private static let earlierRuns = 1000

    package func story(_ selector: RunSelector) async throws -> RunStory {
        guard let found = try await resolve(selector, among: ReportFilter()) else {
            throw JournalError(.invalidRequest, name, "the store holds no run")
        }
        let excerpt = try await excerpt(found, earlier: 0)
        return excerpt.restored(try excerpt.reader.story(.prefix(found.run.row.runID)))
    }

    package func postmortem(_ selector: RunSelector?, models: [String]) async throws -> Postmortem? {
        var filter = ReportFilter()
        filter.models = models
        if selector == nil { filter.outcomes = [.failed, .interrupted] }
        guard let found = try await resolve(selector ?? .last(1), among: filter, orNil: true) else { return nil }
        let excerpt = try await excerpt(found, earlier: Self.earlierRuns)
        guard var postmortem = try excerpt.reader.postmortem(.prefix(found.run.row.runID)) else { return nil }
        postmortem.story = excerpt.restored(postmortem.story)
        return postmortem
    }

    // MARK: - An excerpt

    /// The run with earlier ones of the model, and the last one that served, however long ago that was.
    private func excerpt(_ found: Found, earlier: Int) async throws -> FleetExcerpt {
        let row = found.run.row
        let journal = "journal_id = \(SQLText.literal(found.journalID)) AND model = \(SQLText.literal(row.model))"
        var runs = [found.run]
        if earlier > 0 {
            runs = try await list("\(journal) AND first_seq <= \(found.run.firstSeq)", limit: earlier + 1)
            if let first = runs.last, !runs.contains(where: { $0.row.startup != nil && $0.row.outcome != .failed }) {
                runs += try await list(
                    "\(journal) AND first_seq < \(first.firstSeq) AND startup_us IS NOT NULL AND outcome <> 'failed'",
                    limit: 1)
            }
        }
        runs.sort { $0.firstSeq < $1.firstSeq }
        guard let first = runs.first, let last = runs.last else {
            throw FleetError(.damaged, "\(name): run \(row.runID) has gone from the store")
        }
        let digests = Set(runs.map(\.configurationDigest)).sorted()
        var configurations: [String: String] = [:]
        let texts = """
            SELECT digest, json FROM configuration
            WHERE journal_id = \(SQLText.literal(found.journalID)) AND digest IN \(SQLText.list(digests))
            """
        try await each(texts) {
            try ($0.text(), $0.text())
        } _: { digest, json in
            configurations[digest] = json
            return true
        }
        let wanted = Dictionary(runs.map { ($0.row.runID, $0) }) { first, _ in first }
        var transitions: [ExportedTransition] = []
        let rows = """
            SELECT \(ExportedTransition.columns.dropFirst().joined(separator: ", ")) FROM transition FINAL
            WHERE \(journal) AND seq >= \(first.firstSeq) AND seq <= \(last.lastSeq) ORDER BY seq
            """
        try await each(rows, { try ExportedTransition(&$0) }) { transition in
            guard let run = wanted[transition.row.runID] else { return true }
            var transition = transition
            if transition.row.ordinal == 1 { transition.configuration = configurations[run.configurationDigest] }
            transitions.append(transition)
            return true
        }
        guard transitions.contains(where: { $0.row.runID == row.runID }) else {
            throw FleetError(
                .unavailable, "\(name): the transitions of run \(row.runID) are not in the store yet; try again")
        }
        return try FleetExcerpt(transitions: transitions, runID: row.runID, name: name)
    }

    private func list(_ condition: String, limit: Int) async throws -> [ShippedRun] {
        var runs: [ShippedRun] = []
        let sql = """
            SELECT \(Self.runColumns) FROM run FINAL WHERE \(condition)
            ORDER BY first_seq DESC LIMIT \(limit)
            """
        try await each(sql, ShippedRun.read) { run in
            runs.append(run.run)
            return true
        }
        return runs
    }
}
