package import Foundation
package import GRDB

/// The one way of a transition into the journal: behind the last one, with a hash over both.
package struct ChainedAppend {
    package var run: Int64
    package var modelID: Int64
    package var engineRow: Int64
    package var epoch: Int64
    /// Of run and engine; nil where there is none, which is damage.
    package var runHash: Data?
    package var engineHash: Data?

    package init(
        run: Int64, modelID: Int64, engineRow: Int64, epoch: Int64, runHash: Data? = nil, engineHash: Data? = nil
    ) {
        self.run = run
        self.modelID = modelID
        self.engineRow = engineRow
        self.epoch = epoch
        self.runHash = runHash
        self.engineHash = engineHash
    }

    /// - Parameter content: the row; its number and the hashes of run and engine are filled in here.
    package func perform(_ db: Database, _ content: ChainRow) throws {
        let head = try RawStatement(db, "SELECT seq, hash FROM chain_head")
        guard
            try head.step(),
            let runHash, let engineHash
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the chain has no head, or the run no parts") }
        var content = content
        content.seq = try head.required(head.integer, 0) + 1
        content.run = runHash
        content.engine = engineHash
        content.epoch = epoch
        let hash = content.hash(after: try head.required(head.blob, 1))
        head.reset()
        let insert = try RawStatement(db, Self.insert)
        for (place, column) in TransitionColumn.all.enumerated() { column.bind(content, to: insert, place + 1) }
        let next = TransitionColumn.all.count + 1
        insert.bind(next, run)
        insert.bind(next + 1, modelID)
        insert.bind(next + 2, engineRow)
        insert.bind(next + 3, Int64(content.warmups.count))
        insert.bind(next + 4, hash)
        try insert.run()
        for (index, warmup) in content.warmups.enumerated() {
            let insert = try RawStatement(
                db, "INSERT INTO warmup_request (run, ordinal, elapsed_us, error) VALUES (?, ?, ?, ?)")
            insert.bind(1, run)
            insert.bind(2, Int64(index + 1))
            insert.bind(3, warmup.elapsed)
            insert.bind(4, warmup.error)
            try insert.run()
        }
    }

    private static let insert = {
        let places = Array(repeating: "?", count: TransitionColumn.all.count + 5).joined(separator: ", ")
        return """
            INSERT INTO transition (\(TransitionColumn.names()), run, model_id, engine_id, warmups, hash)
            VALUES (\(places))
            """
    }()
}
