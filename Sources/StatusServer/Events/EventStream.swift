import HTTPTypes
import HummingbirdCore
import JournalReports
import LifecycleJournal
import NIOCore

/// One client of `/events`: writes what it has not seen, at its own pace, until it leaves.
struct EventStream: Sendable {
    /// Events that are written at once.
    private static let most = 256

    let feed: EventFeed
    let reports: ServedReports

    /// - Parameters:
    ///   - lastEventID: what the client saw last; nil for what comes from now on.
    func run(
        client: EventFeed.Client, lastEventID: String?, head: HTTPResponse, _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        defer { feed.leave(client) }
        channel.closeFuture.whenComplete { [feed] _ in feed.leave(client) }
        var body = try await writer.writeHead(head)
        try await body.write(EventText.beginning)
        var position = lastEventID.map { EventPosition($0) ?? EventPosition(journal: "", seq: 0) } ?? client.end
        var changes = client.changes
        while true {
            switch feed.next(after: position, most: Self.most) {
            case .events(let events, let seq):
                try await body.write(contentsOf: events)
                position.seq = seq
            case .behind(let memory):
                let (events, seq) = try await older(position, upTo: memory)
                try await body.write(contentsOf: events)
                position.seq = seq
            case .elsewhere(let end):
                try await body.write(EventText.reset(end))
                position = end
            case .nothing:
                switch await feed.wait(client, after: position, changes: changes) {
                case .news: continue
                case .changed(let count):
                    changes = count
                    try await body.write(EventText.change)
                case .beat: try await body.write(EventText.beat)
                case .gone: return try await body.finish(nil)
                }
            case .closed: return try await body.finish(nil)
            }
        }
    }

    /// From the journal, and where to go on. What was pruned meanwhile is passed over.
    private func older(_ position: EventPosition, upTo memory: Int64) async throws -> ([ByteBuffer], Int64) {
        let rows = try await reports.read { try $0.transitions(after: position.seq, most: Self.most) }
        let wanted = rows.filter { $0.seq <= memory }
        let events = wanted.map { EventText.transition($0, journal: position.journal) }
        return (events, wanted.count < Self.most ? memory : wanted.last?.seq ?? memory)
    }
}
