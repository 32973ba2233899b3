import DequeModule
import NIOCore
import Synchronization

/// Where in which journal a client stands. As text, `JOURNAL-SEQ`: it is the ID of an event.
struct EventPosition: Sendable, Hashable, CustomStringConvertible {
    var journal: String
    var seq: Int64

    init(journal: String, seq: Int64) {
        self.journal = journal
        self.seq = seq
    }

    /// - Returns: nil where the text is no such ID.
    init?(_ text: String) {
        guard let dash = text.lastIndex(of: "-"), let seq = Int64(text[text.index(after: dash)...]), seq >= 0 else {
            return nil
        }
        self.init(journal: String(text[..<dash]), seq: seq)
    }

    var description: String { "\(journal)-\(seq)" }
}

/// The newest transitions as events, in order, for any number of clients; each of them keeps its own place.
final class EventFeed: Sendable {
    struct Event: Sendable {
        var seq: Int64
        var bytes: ByteBuffer
    }

    /// What a client at some position does next.
    enum Next: Sendable {
        case events([ByteBuffer], upTo: Int64)
        /// What it wants is no longer in memory: the journal has it.
        case behind(upTo: Int64)
        case nothing
        /// Another journal lies there now, or the client has never known this one.
        case elsewhere(EventPosition)
        case closed
    }

    enum Wake: Sendable {
        case news
        case beat
        case gone
    }

    private struct State {
        var journal = ""
        var events = Deque<Event>()
        /// Of the newest transition, in memory or not.
        var last: Int64 = 0
        /// Of the newest transition that is not in memory.
        var before: Int64 = 0
        var waiting: [UInt64: CheckedContinuation<Wake, Never>] = [:]
        var clients: Set<UInt64> = []
        var nextClient: UInt64 = 0
        var isClosed = false
    }

    /// So many events stay in memory: a client that was away for a moment costs no look at the journal.
    private static let kept = 8192

    private let state = Mutex(State())

    // MARK: - The journal's side

    /// Begins with a journal; whoever listened to another one is told.
    /// - Parameter before: of the transitions up to this one none is in memory.
    func begin(journal: String, before: Int64) {
        wakeAll(.news) { state in
            state.journal = journal
            state.events = []
            (state.before, state.last) = (before, before)
        }
    }

    func publish(_ events: [Event]) {
        guard let last = events.last else { return }
        wakeAll(.news) { state in
            state.events += events
            state.last = last.seq
            while state.events.count > Self.kept, let first = state.events.popFirst() { state.before = first.seq }
        }
    }

    func beat() { wakeAll(.beat) { _ in } }

    /// Ends all streams, and lets none begin.
    func close() { wakeAll(.gone) { $0.isClosed = true } }

    private func wakeAll(_ wake: Wake, _ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: wake) }
    }

    // MARK: - A client's side

    /// The position behind the newest transition.
    var end: EventPosition { state.withLock { EventPosition(journal: $0.journal, seq: $0.last) } }

    var clients: Int { state.withLock { $0.clients.count } }

    /// - Returns: nil where there are too many already.
    func join(most: Int) -> UInt64? {
        state.withLock { state in
            guard !state.isClosed, state.clients.count < most else { return nil }
            state.nextClient += 1
            state.clients.insert(state.nextClient)
            return state.nextClient
        }
    }

    func leave(_ client: UInt64) {
        let waiting = state.withLock { state in
            state.clients.remove(client)
            return state.waiting.removeValue(forKey: client)
        }
        waiting?.resume(returning: .gone)
    }

    func next(after position: EventPosition, most: Int) -> Next {
        state.withLock { state in
            if state.isClosed { return .closed }
            let end = EventPosition(journal: state.journal, seq: state.last)
            guard position.journal == state.journal, position.seq <= state.last else { return .elsewhere(end) }
            if position.seq == state.last { return .nothing }
            if position.seq < state.before { return .behind(upTo: state.before) }
            let first = Self.firstPlace(state.events, after: position.seq)
            let chosen = state.events[first..<min(state.events.count, first + most)]
            return .events(chosen.map(\.bytes), upTo: chosen.last?.seq ?? state.last)
        }
    }

    private static func firstPlace(_ events: Deque<Event>, after seq: Int64) -> Int {
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].seq <= seq { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Until there is something behind the position, a beat comes, or the client has left.
    func wait(_ client: UInt64, after position: EventPosition) async -> Wake {
        await withCheckedContinuation { continuation in
            let now: Wake? = state.withLock { state in
                if state.isClosed || !state.clients.contains(client) { return .gone }
                if state.journal != position.journal || state.last != position.seq { return .news }
                state.waiting[client] = continuation
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }
}
