import NIOCore
import TestSupport
import Testing

@testable import StatusServer

/// What a client gets next, wherever it stands.
@Suite(.turn(of: "StatusServerTests")) struct EventFeedTests {
    private static func events(_ seqs: ClosedRange<Int64>) -> [EventFeed.Event] {
        seqs.map { EventFeed.Event(seq: $0, bytes: ByteBuffer(string: "\($0)")) }
    }

    private static func next(_ feed: EventFeed, _ journal: String, _ seq: Int64, most: Int = 100) -> [String] {
        switch feed.next(after: EventPosition(journal: journal, seq: seq), most: most) {
        case .events(let events, let upTo): events.map { String(buffer: $0) } + ["up to \(upTo)"]
        case .behind(let upTo): ["behind \(upTo)"]
        case .nothing: ["nothing"]
        case .elsewhere(let end): ["elsewhere \(end)"]
        case .closed: ["closed"]
        }
    }

    @Test func eachPlaceHasItsOwnNext() {
        let feed = EventFeed()
        feed.begin(journal: "j", before: 3)
        #expect(Self.next(feed, "j", 3) == ["nothing"])
        feed.publish(Self.events(4...8))
        #expect(Self.next(feed, "j", 3) == ["4", "5", "6", "7", "8", "up to 8"])
        #expect(Self.next(feed, "j", 6) == ["7", "8", "up to 8"])
        #expect(Self.next(feed, "j", 3, most: 2) == ["4", "5", "up to 5"])
        #expect(Self.next(feed, "j", 8) == ["nothing"])
        #expect(Self.next(feed, "j", 1) == ["behind 3"])
        // From the future, or of another journal.
        #expect(Self.next(feed, "j", 9) == ["elsewhere j-8"])
        #expect(Self.next(feed, "k", 8) == ["elsewhere j-8"])
        feed.begin(journal: "k", before: 0)
        #expect(Self.next(feed, "j", 8) == ["elsewhere k-0"])
        feed.close()
        #expect(Self.next(feed, "k", 0) == ["closed"])
    }

    /// Numbers of what was pruned are missing.
    @Test func gapsAreNoPlaces() {
        let feed = EventFeed()
        feed.begin(journal: "j", before: 0)
        feed.publish(Self.events(1...2) + Self.events(7...9))
        #expect(Self.next(feed, "j", 4) == ["7", "8", "9", "up to 9"])
    }

    @Test func memoryIsBounded() {
        let feed = EventFeed()
        feed.begin(journal: "j", before: 0)
        for first in stride(from: Int64(1), to: 20_000, by: 1000) { feed.publish(Self.events(first...first + 999)) }
        #expect(Self.next(feed, "j", 0) == ["behind 11808"])
        #expect(Self.next(feed, "j", 11_808, most: 1) == ["11809", "up to 11809"])
    }

    @Test func whoWaitsIsWoken() async {
        let feed = EventFeed()
        feed.begin(journal: "j", before: 0)
        let position = EventPosition(journal: "j", seq: 0)
        guard let client = feed.join(most: 2), let other = feed.join(most: 2) else {
            Issue.record("nobody may listen")
            return
        }
        #expect(feed.join(most: 2) == nil)
        async let woken = feed.wait(client, after: position, changes: 0)
        async let beaten = feed.wait(other, after: position, changes: 0)
        // Whether they wait by now or not, the news is there for both.
        feed.publish(Self.events(1...1))
        #expect(await woken == .news)
        #expect(await beaten == .news)
        feed.leave(client)
        #expect(await feed.wait(client, after: EventPosition(journal: "j", seq: 1), changes: 0) == .gone)
        #expect(feed.clients == 1)
    }

    /// What an engine does last is told too.
    @Test func itEndsBehindWhatWasPublishedLast() async throws {
        let feed = EventFeed()
        feed.begin(journal: "j", before: 0)
        let client = try #require(feed.join(most: 2))
        feed.publish(Self.events(1...1))
        feed.close()
        #expect(feed.join(most: 2) == nil)
        // From where it was let in, not from where its first bytes were written.
        #expect(await feed.wait(client, after: client.end, changes: client.changes) == .news)
        guard case .events(let events, upTo: 1) = feed.next(after: client.end, most: 9), events.count == 1 else {
            Issue.record("the last event is lost")
            return
        }
        let end = EventPosition(journal: "j", seq: 1)
        #expect(await feed.wait(client, after: end, changes: 0) == .news)
        guard case .closed = feed.next(after: end, most: 9) else {
            Issue.record("it does not end")
            return
        }
        async let all: Void = feed.waitForAll(most: .seconds(240))
        feed.leave(client)
        await all
        // Those who do not read are not waited for.
        let second = EventFeed()
        _ = second.join(most: 1)
        second.close()
        await second.waitForAll(most: .zero)
        #expect(second.clients == 1)
    }

    /// Whether somebody waits by then or not.
    @Test func whatNoTransitionTellsIsHeardOnce() async {
        let feed = EventFeed()
        feed.begin(journal: "j", before: 0)
        let position = EventPosition(journal: "j", seq: 0)
        guard let client = feed.join(most: 2), let other = feed.join(most: 2) else {
            Issue.record("nobody may listen")
            return
        }
        async let woken = feed.wait(client, after: position, changes: 0)
        feed.change()
        #expect(await woken == .changed(1))
        #expect(await feed.wait(other, after: position, changes: 0) == .changed(1))
        feed.publish(Self.events(1...1))
        #expect(await feed.wait(other, after: position, changes: 1) == .news)
    }

    @Test(arguments: [("a-b-12", "a-b", 12), ("-0", "", 0)])
    func aPositionIsRead(text: String, journal: String, seq: Int64) {
        #expect(EventPosition(text) == EventPosition(journal: journal, seq: seq))
    }

    @Test(arguments: ["", "12", "a-", "a--1", "a-x", "a-99999999999999999999"])
    func anythingElseIsNoPosition(text: String) {
        let position = EventPosition(text)
        #expect(position == nil || position?.journal.hasSuffix("-") == true)
    }
}
