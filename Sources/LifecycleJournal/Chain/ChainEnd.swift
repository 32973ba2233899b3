import Foundation
package import GRDB

/// The last links of the chain, which an engine looks at before it adds to them: cheap at any size, and most of what
/// can be torn or lost was written last.
package enum ChainEnd {
    private static let links = 20

    /// - Throws: `JournalError` with code `damaged` where they do not hold.
    package static func check(_ db: Database, path: String) throws {
        guard let head = try Row.fetchOne(db, sql: "SELECT count, seq, hash FROM chain_head")?.checked else {
            throw JournalError.damaged(path, "the end of its chain is missing")
        }
        let seq: Int64 = try head["seq"]
        let newest = try Int64.fetchOne(db, sql: "SELECT max(seq) FROM transition") ?? 0
        guard newest == seq else {
            throw JournalError.damaged(path, "its last transition is \(newest), and not \(seq)")
        }
        guard seq > 0 else { return }
        let stored = try Row.fetchAll(
            db, sql: "SELECT seq, hash FROM transition WHERE seq >= ? ORDER BY seq", arguments: [seq - Int64(links)])
        guard let first = stored.first?.checked, try stored.last?.checked["hash"] == (head["hash"] as Data) else {
            throw JournalError.damaged(path, "its chain does not end where it should")
        }
        // The first of them is where the others start from.
        var walk = ChainWalk(at: try first["seq"], hash: try first["hash"])
        var verification = Verification()
        _ = try walk.step(db, to: seq, page: links + 1, &verification)
        if let finding = verification.findings.first(where: { $0.kind == .chain }) {
            throw JournalError.damaged(path, "transition \(finding.seq ?? seq): \(finding.detail)")
        }
    }
}
