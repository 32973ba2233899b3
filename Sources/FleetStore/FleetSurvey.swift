/// Which journals' runs lie in the store more than once, as far as ClickHouse has not put them together yet.
///
/// FINAL does that for every row that it reads, on one core of each shard, and takes most of the time of an answer over
/// millions of runs. So only these journals are read with it. The others are read as they lie, and what was read is compared
/// with what was seen here, as a journal may be shipped in between.
struct FleetSurvey: Equatable {
    /// Rows, and the sum of the numbers of their last transitions. A row that comes makes both larger, and one that takes the
    /// place of an older one the sum, as it has come further.
    struct Rows: Equatable {
        var count: Int64 = 0
        var seqs: Int64 = 0

        mutating func add(_ other: Rows) {
            count += other.count
            // As ClickHouse adds them up.
            seqs &+= other.seqs
        }

        /// What `init(_:)` reads, of all rows of a group.
        static let sql = "toInt64(count()), toInt64(sum(last_seq))"

        init() {}

        init(_ reader: inout RowBinaryReader) throws {
            count = try reader.number()
            seqs = try reader.number()
        }
    }

    /// IDs of journals.
    var doubled: [String] = []
    /// Those of all other journals.
    var single = Rows()

    /// Beyond, a statement that names them would be long.
    static let mostDoubled = 500
}

extension FleetReader {
    /// - Parameter clause: which runs; nothing that a later row of the same run could say otherwise.
    /// - Returns: nil where too many journals are concerned to name them.
    func survey(_ clause: String) async throws -> FleetSurvey? {
        var survey = FleetSurvey()
        var isNameable = true
        // A journal lies on one shard, which can answer for it by itself. Numbers that differ only in their upper half count as
        // one here: then a journal is read with FINAL that need not be.
        let sql = """
            SELECT journal_id, toInt64(uniqExact(toUInt32(first_seq))), \(FleetSurvey.Rows.sql)
            FROM run\(clause) GROUP BY journal_id SETTINGS distributed_group_by_no_merge = 1
            """
        try await each(sql) { reader in
            (try reader.text(), try reader.number(), try FleetSurvey.Rows(&reader))
        } _: { journal, runs, rows in
            if rows.count == runs {
                survey.single.add(rows)
            } else {
                survey.doubled.append(journal)
                isNameable = survey.doubled.count <= FleetSurvey.mostDoubled
            }
            return isNameable
        }
        return isNameable ? survey : nil
    }
}
