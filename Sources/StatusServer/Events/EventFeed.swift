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

    enum Wake: Sendable, Equatable {
        case news
        /// Something that no transition tells is another way now; the count of such changes so far.
        case changed(Int)
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
        var changes = 0
        var isClosed = false
        /// Who waits for the last client to leave.
        var waitsForAll: CheckedContinuation<Void, Never>?
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

    /// What no transition tells is another way now: an engine has died, the journal cannot be written.
    func change() {
        let (waiting, count) = state.withLock { state in
            state.changes += 1
            defer { state.waiting = [:] }
            return (Array(state.waiting.values), state.changes)
        }
        for continuation in waiting { continuation.resume(returning: .changed(count)) }
    }

    func beat() { wakeAll(.beat) { _ in } }

    /// Lets no stream begin, and each end once it has all that was published.
    func close() { wakeAll(.news) { $0.isClosed = true } }

    /// Until all clients have left, or so long: some do not read.
    func waitForAll(most: Duration) async {
        let timer = Task {
            try? await Task.sleep(for: most)
            endWait { _ in true }
        }
        await withCheckedContinuation { continuation in
            state.withLock { $0.waitsForAll = continuation }
            endWait { $0.clients.isEmpty }
        }
        timer.cancel()
    }

    private func endWait(_ isOver: (State) -> Bool) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard isOver(state) else { return nil }
            defer { state.waitsForAll = nil }
            return state.waitsForAll
        }
        waiting?.resume()
    }

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

    /// A client from the moment in which it was let in: what happens from then on is for it, however long its first
    /// bytes are on their way.
    struct Client: Sendable {
        var number: UInt64
        /// The position behind the newest transition then.
        var end: EventPosition
        /// How often something had changed by then that no transition tells.
        var changes: Int
    }

    /// - Returns: nil where there are too many already.
    func join(most: Int) -> Client? {
        state.withLock { state in
            guard !state.isClosed, state.clients.count < most else { return nil }
            state.nextClient += 1
            state.clients.insert(state.nextClient)
            return Client(
                number: state.nextClient, end: EventPosition(journal: state.journal, seq: state.last),
                changes: state.changes)
        }
    }

    func leave(_ client: Client) {
        let waiting = state.withLock { state in
            state.clients.remove(client.number)
            return state.waiting.removeValue(forKey: client.number)
        }
        waiting?.resume(returning: .gone)
        endWait { $0.isClosed && $0.clients.isEmpty }
    }

    func next(after position: EventPosition, most: Int) -> Next {
        state.withLock { state in
            let end = EventPosition(journal: state.journal, seq: state.last)
            guard position.journal == state.journal, position.seq <= state.last else {
                return state.isClosed ? .closed : .elsewhere(end)
            }
            if position.seq == state.last { return state.isClosed ? .closed : .nothing }
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

    /// Until there is something behind the position, something else has changed, a beat comes, or the client has left.
    /// - Parameter changes: how often something else had changed, as far as the client knows.
    func wait(_ client: Client, after position: EventPosition, changes: Int) async -> Wake {
        await withCheckedContinuation { continuation in
            let now: Wake? = state.withLock { state in
                if !state.clients.contains(client.number) { return .gone }
                if state.isClosed { return .news }
                if state.journal != position.journal || state.last != position.seq { return .news }
                if state.changes != changes { return .changed(state.changes) }
                state.waiting[client.number] = continuation
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }
}
