import NIOCore

/// Which runs lie in the store more than once, as far as ClickHouse has not put them together yet.
///
/// FINAL does that for every row that it reads, on one core of each shard, and takes most of the time of an answer over
/// millions of runs. So the few that were told again are read first, and the others as they lie. What was shipped in between
/// shows in the number of runs.
struct FleetSurvey {
    /// In all.
    var runs = 0
    /// When those began that lie there more than once, in microseconds. A run that began at the same time elsewhere is
    /// read with them, which does no harm.
    var retold: [Int64] = []
}

/// Rows of `run`, each of which is a run of its own.
struct FleetSource {
    /// Tables with their conditions.
    var parts: [String]
    var tables: [ExternalTable] = []
}

/// A column of one of the tables in `migrations/fleet`.
typealias FleetColumn = (name: String, type: String)

extension FleetReader {
    /// Beyond, the runs that were told again are no longer few.
    static let mostRetold = 100_000

    /// Reads each run as it was told last.
    ///
    /// - Parameters:
    ///   - between: called after the survey, for tests.
    ///   - read: reads all of a source, with its answer and how many runs each of its statements has counted.
    func asTheyAreNow<Answer>(
        _ conditions: FleetFilter, mostRetold: Int, columns: [FleetColumn], between: () async throws -> Void,
        read: (FleetSource) async throws -> (answer: Answer, runs: Set<Int>)
    ) async throws -> Answer {
        if conditions.isOfBirth, let survey = try await survey(conditions, mostRetold: mostRetold) {
            try await between()
            let found = try await read(try await source(survey, conditions, columns: columns))
            // Else something was shipped meanwhile.
            if found.runs == [survey.runs] { return found.answer }
        }
        return try await read(FleetSource(parts: ["run FINAL\(conditions.clause)"])).answer
    }

    /// - Parameter conditions: which runs; nothing that a later row of the same run could say otherwise.
    /// - Returns: nil where too many runs were told again.
    func survey(_ conditions: FleetFilter, mostRetold: Int) async throws -> FleetSurvey? {
        let sql = """
            SELECT toInt64(arrayCount(n -> n = 1, arrayEnumerateUniq(groupArray(first_seq)) AS times)),
                arrayFilter((start, n) -> n = 2, groupArray(started_us), times)
            FROM run\(conditions.clause) GROUP BY journal_id
            """
        // A journal lies on one shard, which can answer for it by itself. Users who may set nothing hear the same later.
        do {
            return try await survey(sql + " SETTINGS distributed_group_by_no_merge = 1", mostRetold: mostRetold)
        } catch let error
            as FleetError where error.kind == .denied
        {
            return try await survey(sql, mostRetold: mostRetold)
        }
    }

    private func survey(_ sql: String, mostRetold: Int) async throws -> FleetSurvey? {
        var survey = FleetSurvey()
        var areFew = true
        try await each(sql) { reader in
            try (reader.int(), reader.numbers())
        } _: { runs, retold in
            survey.runs += runs
            survey.retold += retold
            areFew = survey.retold.count <= mostRetold
            return areFew
        }
        return areFew ? survey : nil
    }

    /// Reads the runs that were told again as they are now.
    private func source(_ survey: FleetSurvey, _ conditions: FleetFilter, columns: [FleetColumn]) async throws
        -> FleetSource
    {
        guard !survey.retold.isEmpty else { return FleetSource(parts: ["run\(conditions.clause)"]) }
        var starts = RowBinaryWriter()
        for start in survey.retold { starts.add(start) }
        let retold = ExternalTable(name: "retold_starts", structure: "started_us Int64", rows: starts.buffer)
        let names = columns.map(\.name).joined(separator: ", ")
        let latest = try await client.query(
            """
            SELECT \(names) FROM run PREWHERE started_us IN \(retold.name)\(conditions.clause)
            ORDER BY last_seq DESC LIMIT 1 BY journal_id, first_seq
            """, with: [retold])
        let again = ExternalTable(
            name: "retold_runs",
            structure: columns.map { "\($0.name) \($0.type)" }.joined(separator: ", "),
            rows: latest)
        return FleetSource(
            parts: ["run PREWHERE started_us NOT IN \(retold.name)\(conditions.clause)", again.name],
            tables: [retold, again])
    }
}
