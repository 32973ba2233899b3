import Foundation
import JournalRendering
import JournalReports
import LifecycleJournal
import Logging
import NIOCore
import Synchronization

/// Looks at the journal for what is new, on a thread of its own, and puts it into the feed.
final class JournalFollower: Sendable {
    /// Between two looks: soon enough for people, and a hundredth of one processor's time at most.
    private static let pause: UInt32 = 25_000
    /// Looks between two that ask whether an engine has died, which no commit tells, or another journal lies there.
    private static let looksBetweenChecks = 40
    private static let page = 1000

    private let path: String
    private let feed: EventFeed
    /// What the journal tells of the models; nil where somebody who drives them does.
    private let states: JournalStates?
    /// What health checks are told of the models.
    private let source: any StatusSource
    private let logger: Logger
    private let beatSeconds: Int64
    private let isStopped = Atomic<Bool>(false)
    private let looks = Atomic<Int>(0)
    private let ending = AsyncStream<Never>.makeStream()

    /// - Parameter source: who drives the models; nil where the journal tells of them.
    init(
        path: String, feed: EventFeed, states: JournalStates?, source: any StatusSource, beatSeconds: Int64,
        logger: Logger
    ) {
        self.path = path
        self.feed = feed
        self.states = states
        self.source = source
        self.beatSeconds = beatSeconds
        self.logger = logger
    }

    /// Changes with all that is seen, before anybody hears of it: whoever hears, and asks, gets nothing older.
    var version: Int { looks.load(ordering: .sequentiallyConsistent) }

    private func seen() { looks.add(1, ordering: .sequentiallyConsistent) }

    /// Looks once, so that what is there by now can be answered at once, then goes on by itself.
    /// - Throws: `JournalError` where there is no journal that can be read.
    func start() throws {
        var look = try Look(path: path, feed: feed, states: states)
        try look.again(isCheck: true, seen)
        let first = look
        let thread = Thread { [self] in
            follow(first)
            ending.continuation.finish()
        }
        thread.name = "journal follower"
        thread.start()
    }

    /// Looks a last time, then no more: the end of an engine is told too. Only once, after `start`.
    func stop() async {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        for await _ in ending.stream {}
    }

    private func follow(_ first: Look) {
        var look: Look? = first
        var count = 0
        var beaten = DispatchTime.now().uptimeNanoseconds
        var hasFailed = false
        var told = source.models
        var isLast = false
        while !isLast {
            usleep(Self.pause)
            isLast = isStopped.load(ordering: .sequentiallyConsistent)
            count += 1
            let isCheck = count % Self.looksBetweenChecks == 0
            // What cannot be read is tried again each second, and told once.
            if hasFailed, !isCheck { continue }
            do {
                if look == nil || (isCheck && look?.isElsewhere == true) {
                    look = try Look(path: path, feed: feed, states: states)
                }
                try look?.again(isCheck: isCheck || hasFailed, seen)
                hasFailed = false
            } catch {
                if hasFailed {
                    // What was true when it could still be read may not be true any more.
                    states?.lose()
                } else {
                    logger.error("the journal cannot be followed: \(error)")
                }
                hasFailed = true
                look = nil
            }
            if isCheck {
                let models = source.models
                if models != told {
                    told = models
                    seen()
                    feed.change()
                }
            }
            let now = DispatchTime.now().uptimeNanoseconds
            if now - beaten >= UInt64(beatSeconds) * 1_000_000_000 {
                beaten = now
                feed.beat()
            }
        }
    }

    /// One open journal.
    private struct Look: Sendable {
        private let reader: JournalReader
        private let feed: EventFeed
        private let states: JournalStates?
        private let file: FileIdentity?
        private let journal: String
        private var version: Int?
        private var last: Int64

        init(path: String, feed: EventFeed, states: JournalStates?) throws {
            file = FileIdentity(path)
            reader = try JournalReader(path: path)
            self.feed = feed
            self.states = states
            journal = try reader.journalID()
            // Clients of an engine that was started again carry on from memory, many at once.
            let newest = try reader.lastSeq()
            let end = feed.end
            // A backup that was put back has the same name, and less in it.
            let goesOn = end.journal == journal && end.seq <= newest
            last = goesOn ? end.seq : max(0, newest - 4096)
            if !goesOn { feed.begin(journal: journal, before: last) }
        }

        /// Whether another file lies at the journal's path: a damaged journal is set aside, and a new one begun.
        var isElsewhere: Bool { FileIdentity(reader.path) != file }

        /// - Parameter seen: called where there was a commit since the last time, before what it brought is told.
        mutating func again(isCheck: Bool, _ seen: () -> Void) throws {
            let version = try reader.dataVersion()
            let isNew = version != self.version
            if isNew {
                seen()
                while true {
                    let rows = try reader.transitions(after: last, most: JournalFollower.page)
                    feed.publish(
                        rows.map { row in
                            EventFeed.Event(seq: row.seq, bytes: EventText.transition(row, journal: journal))
                        })
                    last = rows.last?.seq ?? last
                    if rows.count < JournalFollower.page { break }
                }
                self.version = version
            }
            if let states, isNew || isCheck { states.update(try reader.status(models: [])) }
        }
    }
}

/// Server-sent events as text.
enum EventText {
    static func transition(_ row: TransitionRow, journal: String) -> ByteBuffer {
        // JSON as it is put out here has no line break.
        ByteBuffer(
            string: "id: \(EventPosition(journal: journal, seq: row.seq))\nevent: transition\n"
                + "data: \(JSONText.compact(row.value))\n\n")
    }

    /// Whoever kept state must ask for it anew.
    static func reset(_ position: EventPosition) -> ByteBuffer {
        ByteBuffer(string: "id: \(position)\nevent: reset\ndata: {}\n\n")
    }

    static let beginning = ByteBuffer(
        string: "retry: 1000\n: transitions of a modeljournal, each once it is durable\n\n")
    /// Without an ID: there is nothing to carry on behind.
    static let change = ByteBuffer(string: "event: change\ndata: {}\n\n")
    static let beat = ByteBuffer(string: ": still here\n\n")
}
