package import Foundation
package import GRDB

/// The hashes of what transitions name, read once for many of them: runs, with what these name in turn, and engines.
package struct NamedParts {
    private var runs: [Int64: Data] = [:]
    private var engines: [Int64: Data] = [:]
    private var models: [Int64: String] = [:]
    private var beginners: [Int64: String] = [:]
    private var configurations: [Int64: String] = [:]

    /// So many runs are kept at most: a run has few transitions, and they stand close together.
    private static let limit = 10_000

    package init() {}

    /// - Returns: nil where the run, or something that it names, is missing.
    package mutating func run(_ db: Database, _ row: Int64) throws -> Data? {
        if let hash = runs[row] { return hash }
        let statement = try RawStatement(
            db,
            """
            SELECT run_id, model_id, engine_id, configuration_id, provider, attempt, correlation_id, wanted
            FROM run WHERE id = ?
            """)
        statement.bind(1, row)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        guard
            let name = try Self.text(
                db, "SELECT name FROM model WHERE id = ?", statement.required(statement.integer, 1), &models),
            let beginner = try Self.text(
                db, "SELECT engine_id FROM engine WHERE id = ?", statement.required(statement.integer, 2), &beginners),
            let digest = try Self.text(
                db, "SELECT digest FROM configuration WHERE id = ?", statement.required(statement.integer, 3),
                &configurations)
        else { return nil }
        let hash = ChainedParts.run(
            id: try statement.required(statement.text, 0), model: name,
            provider: try statement.required(statement.text, 4), beginner: beginner, digest: digest,
            attempt: try statement.required(statement.integer, 5),
            correlationID: try statement.required(statement.text, 6), wanted: try statement.text(7))
        if runs.count >= Self.limit { runs.removeAll(keepingCapacity: true) }
        runs[row] = hash
        return hash
    }

    package mutating func engine(_ db: Database, _ row: Int64) throws -> Data? {
        if let hash = engines[row] { return hash }
        let hash = try ChainedParts.engine(db, row)
        engines[row] = hash
        return hash
    }

    private static func text(
        _ db: Database, _ sql: String, _ id: Int64, _ known: inout [Int64: String]
    ) throws -> String? {
        if let text = known[id] { return text }
        let statement = try RawStatement(db, sql)
        statement.bind(1, id)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let text = try statement.required(statement.text, 0)
        known[id] = text
        return text
    }
}
