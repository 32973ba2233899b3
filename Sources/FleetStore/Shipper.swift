import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
package import Logging
import ModelLifecycle
import NIOCore

/// Sends a journal's transitions to a store of many journals, batch by batch. The journal keeps how far the store has got it.
///
/// A batch is what one read of the journal finds; no read is open while the store is waited for. What a batch refers to is
/// sent before its transitions, and the cursor moves once these are there: whatever breaks in between, the batch is sent once
/// more, and leaves in the store what it would have left at once.
package struct Shipper: Sendable {
    package struct Settings: Sendable {
        /// So many transitions go at once, at most.
        package var batch = 10_000
        /// And so many bytes, about.
        package var batchBytes = 16 << 20
        /// How often a batch is tried before a `ship` that does not follow gives up.
        package var tries = 8
        /// The wait after the first failure; it doubles with each further one, up to the longest.
        package var backoff = Duration.milliseconds(500)
        package var longestBackoff = Duration.seconds(60)
        /// How long what is new waits for company.
        package var pause = Duration.seconds(1)

        package init() {}
    }

    package struct Summary: Sendable, Hashable {
        package var transitions = 0
        package var batches = 0
        /// Transitions that the store had already, from before the cursor was lost.
        package var known = 0
        /// Whether the store had all that the journal had, in the end; never where it follows.
        package var isComplete = false

        package init() {}
    }

    private let journal: String
    private let store: String
    private let client: ClickHouseClient
    private let settings: Settings
    private let logger: Logger
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter sleep: waits, unless the task is cancelled.
    package init(
        journal: String, client: ClickHouseClient, settings: Settings = Settings(), logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.journal = journal
        self.client = client
        self.settings = settings
        self.logger = logger
        self.sleep = sleep
        store = client.address.description
    }

    /// Ships what is there.
    /// - Parameter follows: and what comes later, until the task is cancelled.
    /// - Throws: `FleetError`, `JournalError`; `CancellationError` never.
    package func run(follows: Bool) async throws -> Summary {
        var summary = Summary()
        var sent = Sent()
        var failures = 0
        var isChecked = false
        // Before anything else, so that nothing is pruned that the store is still to get.
        try ShipmentCursor(path: journal, store: store).begin()
        while !Task.isCancelled {
            do {
                if !isChecked { try await FleetSchema(client).check() }
                isChecked = true
                let step = try await ship(&sent, &summary)
                if failures > 0 { logger.notice("the store answers again", metadata: ["store": "\(store)"]) }
                failures = 0
                if step == .more { continue }
                guard follows else {
                    summary.isComplete = true
                    break
                }
                try await sleep(settings.pause * Double.random(in: 0.75..<1.25))
            } catch let error as FleetError where error.isPassing(for: follows && isChecked) {
                failures += 1
                // Whatever it was about, less of it may pass; and what the store has got is no longer sure.
                sent.fail(settings.batch)
                guard follows || failures < settings.tries else { throw error }
                let wait = Self.backoff(failures, settings, random: Double.random(in: 0..<1))
                logger.warning(
                    "\(error); trying again in \(DurationText.long(wait.wholeMicroseconds))",
                    metadata: ["store": "\(store)"])
                do { try await sleep(wait) } catch is CancellationError { break }
            } catch let error as JournalError where error.code == .busy {
                // An engine has more important things to write.
                failures += 1
                guard follows || failures < settings.tries else { throw error }
                do { try await sleep(settings.backoff) } catch is CancellationError { break }
            } catch is CancellationError {
                break
            }
        }
        return summary
    }

    /// - Parameters:
    ///   - failures: in a row; at least one.
    ///   - random: at least 0 and less than 1. A thousand shippers must not all come back in the same moment.
    static func backoff(_ failures: Int, _ settings: Settings, random: Double) -> Duration {
        Backoff(first: settings.backoff, longest: settings.longestBackoff).wait(after: failures)
            * (0.5 + random / 2)
    }

    // MARK: - A batch

    private enum Step { case more, atEnd }

    /// What the store has got from this shipper already.
    struct Sent {
        var journalID = ""
        var configurations: Set<String> = []
        var engines: Set<String> = []
        /// So many transitions go next, where that is fewer than usual: after a failure.
        var batch: Int?
        /// Whether the store had all up to the cursor when it was asked last.
        var isSure = false

        mutating func fail(_ most: Int) {
            self = Sent(batch: max(1, (batch ?? most) / 2))
        }

        mutating func succeed(_ most: Int) {
            isSure = true
            batch = batch.flatMap { $0 < most / 2 ? $0 * 2 : nil }
        }

        /// What another journal refers to was not sent, however much alike it is.
        mutating func turn(to journalID: String) {
            if self.journalID != journalID { self = Sent(journalID: journalID, batch: batch) }
        }
    }

    private func ship(_ sent: inout Sent, _ summary: inout Summary) async throws -> Step {
        // Anew each time: another journal may lie there by now, and no file stays open while the store is waited for.
        let reader = try JournalReader(path: journal)
        let journalID = try reader.journalID()
        let cursor = try reader.shipment(to: store)
        var from = cursor?.seq ?? 0
        sent.turn(to: journalID)
        // Nobody is asked once a second for nothing.
        if sent.isSure, try reader.lastSeq() == from { return .atEnd }
        var known = try await knownPositions(journalID, from: from)
        try check(known, cursor, reader)
        if from > 0, known.first?.seq != from {
            // It lost its power, or is a new one of that name. What it has is passed over, from the beginning.
            logger.warning(
                "the store has not kept all that was shipped; sending it again", metadata: ["store": "\(store)"])
            from = 0
            sent = Sent(journalID: journalID, batch: sent.batch)
            known = try await knownPositions(journalID, from: from)
            try check(known, nil, reader)
        }
        if let last = try contiguous(known.filter { $0.seq > from }, after: from, reader) {
            // Shipped, but whoever did it could not say so any more.
            try ShipmentCursor(path: journal, store: store).move(to: last.position)
            summary.known += last.count
            return .more
        }
        let most = sent.batch ?? settings.batch
        let page = try reader.shipmentPage(after: from, most: most, bytes: settings.batchBytes)
        guard let last = page.transitions.last else {
            sent.isSure = true
            return .atEnd
        }
        let rows = ExportedTransition.bytes(page.transitions, of: journalID)
        let configurations = page.configurations.filter { !sent.configurations.contains($0.key) }
            .map { ShippedConfiguration(digest: $0.key, json: $0.value) }
        let engines = page.engines.filter { !sent.engines.contains($0.engineID) }
        try await insert(configurations, journalID)
        try await insert(engines, journalID)
        try await insert(page.runs, journalID)
        try await client.insert(ExportedTransition.table, ExportedTransition.columns, rows.buffer)
        sent.configurations.formUnion(configurations.map(\.digest))
        sent.engines.formUnion(engines.map(\.engineID))
        try ShipmentCursor(path: journal, store: store).move(to: ChainPosition(seq: last.row.seq, hash: last.hash))
        summary.transitions += page.transitions.count
        summary.batches += 1
        sent.succeed(settings.batch)
        logger.debug("shipped up to \(last.row.seq)", metadata: ["store": "\(store)"])
        return try reader.lastSeq() > last.row.seq ? .more : .atEnd
    }

    private func insert<Row: FleetRow>(_ rows: [Row], _ journalID: String) async throws {
        guard !rows.isEmpty else { return }
        try await client.insert(Row.table, Row.columns, Row.bytes(rows, of: journalID).buffer)
    }

    // MARK: - One journal, one past

    /// What the store has of this journal at the cursor and behind it, in order.
    private func knownPositions(_ journalID: String, from seq: Int64) async throws -> [ChainPosition] {
        var answer = RowBinaryReader(
            try await client.query(
                """
                SELECT seq, hash FROM transition WHERE journal_id = \(SQLText.literal(journalID)) AND seq >= \(seq)
                ORDER BY seq, hash LIMIT 1 BY seq, hash LIMIT 100000
                """))
        var positions: [ChainPosition] = []
        while !answer.isAtEnd {
            positions.append(ChainPosition(seq: try answer.number(), hash: Data(hexadecimal: try answer.text())))
        }
        return positions
    }

    /// How far the store has what follows on a number without a gap: a batch may have got there in part, as it goes into one
    /// part of the table for each month.
    private func contiguous(
        _ known: [ChainPosition], after seq: Int64, _ reader: JournalReader
    ) throws -> (position: ChainPosition, count: Int)? {
        guard !known.isEmpty else { return nil }
        var last: ChainPosition?
        var count = 0
        for (own, there) in zip(try reader.chainPositions(after: seq, most: known.count), known) {
            guard own.seq == there.seq else { break }
            last = own
            count += 1
        }
        return last.map { ($0, count) }
    }

    /// - Throws: `FleetError` with kind `diverged`, where the store has another past of a journal with this ID.
    private func check(_ known: [ChainPosition], _ cursor: ChainPosition?, _ reader: JournalReader) throws {
        func diverged(_ why: String) -> FleetError {
            FleetError(
                .diverged,
                "\(journal): \(why): it was copied, or put back from a backup, and both have gone on; nothing was shipped. "
                    + "A journal of its own ID begins where this file is moved away")
        }
        if let cursor {
            let own = try reader.chainHash(at: cursor.seq)
            guard own == nil || own == cursor.hash else {
                throw diverged("transition \(cursor.seq) is another one than was shipped")
            }
        }
        let end = try reader.lastSeq()
        for position in known {
            guard position.seq <= end else {
                throw diverged(
                    "\(store) has transitions of this journal up to \(known.last?.seq ?? 0), this file only to \(end)")
            }
            let own = position.seq == cursor?.seq ? cursor?.hash : try reader.chainHash(at: position.seq)
            // What was pruned here can no longer be compared.
            if let own, own != position.hash {
                throw diverged("transition \(position.seq) in \(store) is another one than here")
            }
        }
    }
}
