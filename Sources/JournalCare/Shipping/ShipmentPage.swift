import Crypto
package import Foundation
import GRDB
package import JournalReports
import LifecycleJournal
package import ModelLifecycle

/// Transitions one after the other, with all that they refer to, for a store of many journals.
package struct ShipmentPage: Sendable {
    package var transitions: [ExportedTransition] = []
    /// What their runs have come to by now, which may be further than these transitions.
    package var runs: [ShippedRun] = []
    /// Without secrets: canonical JSON by its SHA-256.
    package var configurations: [String: String] = [:]
    package var engines: [ShippedEngine] = []
}

package struct ShippedRun: Sendable {
    package var row: RunRow
    /// Of its first and of its last transition.
    package var firstSeq: Int64
    package var lastSeq: Int64
    package var lastAt: WallTime
    package var retryAt: WallTime?
    package var configurationDigest: String
}

package struct ShippedEngine: Sendable {
    package var engineID: String
    package var host: String
    package var pid: Int
    package var facts: ExportedEngine
}

/// Where a journal and a store have both got to.
package struct ChainPosition: Sendable, Hashable {
    package var seq: Int64
    /// The chain's there.
    package var hash: Data

    package init(seq: Int64, hash: Data) {
        self.seq = seq
        self.hash = hash
    }
}

extension JournalReader {
    /// The next transitions behind a number, as they are at one moment.
    /// - Parameter bytes: of texts, about; at least one transition comes.
    package func shipmentPage(after seq: Int64, most: Int, bytes: Int = .max) throws -> ShipmentPage {
        try read { db in
            var page = ShipmentPage()
            page.transitions = try exported(db, after: seq, most: most, bytes: bytes)
            guard let first = page.transitions.first, let last = page.transitions.last else { return page }
            guard zip(page.transitions, page.transitions.dropFirst()).allSatisfy({ $0.row.seq < $1.row.seq }) else {
                throw JournalError.damaged(path, "transitions are not in their order")
            }
            let range: StatementArguments = [first.row.seq, last.row.seq]
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT v.*, p.last_seq, r.configuration_id,
                        (SELECT seq FROM transition WHERE run = p.run ORDER BY ordinal LIMIT 1) AS first_seq,
                        l.at_us AS last_at_us, l.retry_at_us AS last_retry_us
                    FROM (SELECT DISTINCT run FROM transition WHERE seq BETWEEN ? AND ?) AS touched
                    JOIN run_rows AS v ON v.id = touched.run JOIN run_progress AS p ON p.run = touched.run
                    JOIN run AS r ON r.id = touched.run JOIN transition AS l ON l.seq = p.last_seq
                    ORDER BY v.id
                    """, arguments: range)
            var digests: [Int64: String] = [:]
            for row in rows {
                let checked = row.checked
                let id: Int64 = try checked["configuration_id"]
                let digest: String
                if let known = digests[id] {
                    digest = known
                } else {
                    let json = try String.fetchOne(
                        db, sql: "SELECT json FROM configuration WHERE id = ?", arguments: [id])
                    let shown = RedactedConfiguration.json(json ?? "{}")
                    // Of what is shipped: that of a secret would let one try out which it was.
                    digest = SHA256.hash(data: Data(shown.utf8)).hexadecimal
                    digests[id] = digest
                    page.configurations[digest] = shown
                }
                page.runs.append(
                    ShippedRun(
                        row: try RunRow(row: row), firstSeq: try checked["first_seq"], lastSeq: try checked["last_seq"],
                        lastAt: WallTime(microseconds: try checked["last_at_us"]),
                        retryAt: try (checked["last_retry_us"] as Int64?).map(WallTime.init(microseconds:)),
                        configurationDigest: digest))
            }
            page.engines = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM engine
                    WHERE id IN (SELECT DISTINCT engine_id FROM transition WHERE seq BETWEEN ? AND ?) ORDER BY id
                    """, arguments: range
            ).map { row in
                let row = row.checked
                return ShippedEngine(
                    engineID: try row["engine_id"], host: try row["host"], pid: try row["pid"],
                    facts: try ExportedEngine(row: row))
            }
            return page
        }
    }

    /// The chain's hash at a transition; nil where it is not there, or was pruned.
    package func chainHash(at seq: Int64) throws -> Data? {
        try read { db in
            try Data.fetchOne(db, sql: "SELECT hash FROM transition WHERE seq = ?", arguments: [seq])
                ?? Data.fetchOne(db, sql: "SELECT hash FROM prune_anchor WHERE last_seq = ?", arguments: [seq])
        }
    }

    /// The next numbers behind one, with the chain's hash at each, in order.
    package func chainPositions(after seq: Int64, most: Int) throws -> [ChainPosition] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT seq, hash FROM transition WHERE seq > ? ORDER BY seq LIMIT ?", arguments: [seq, most]
            ).map { row in try ChainPosition(seq: row.checked["seq"], hash: row.checked["hash"]) }
        }
    }

    /// How far a store has got this journal; nil where nothing was shipped there yet.
    package func shipment(to store: String) throws -> ChainPosition? {
        try read { db in
            guard try db.tableExists("shipment"),
                let row = try Row.fetchOne(
                    db, sql: "SELECT seq, hash FROM shipment WHERE store = ?", arguments: [store])?.checked
            else { return nil }
            return ChainPosition(seq: try row["seq"], hash: try row["hash"])
        }
    }
}
