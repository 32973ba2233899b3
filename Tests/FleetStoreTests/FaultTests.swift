import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import ModelLifecycle
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import FleetStore

/// What breaks between a journal and its store costs time, and nothing else.
@Suite(.needsClickHouse, .turn(of: "FleetStoreTests")) struct FaultTests {
    /// Killed again and again while batches come in, and started again each time.
    @Test func aServerThatIsKilledInMidBatch() async throws {
        let server = try ClickHouseServer(ports: ClickHouseServer.Ports())
        try await server.start()
        defer { server.end() }
        try await withStore(on: server) { store in
            try await store.makeJournal("j", runs: 400, seed: 5)
            let batches = Mutex(0)
            let shipping = Task {
                try await store.with(timeout: .seconds(20)) { client in
                    var settings = Shipper.Settings()
                    (settings.batch, settings.tries) = (20, 1000)
                    (settings.backoff, settings.longestBackoff) = (.milliseconds(10), .milliseconds(50))
                    return try await Shipper(
                        journal: store.path("j"), client: client, settings: settings, logger: store.logger
                    ) { wait in
                        batches.withLock { $0 += 1 }
                        try await Task.sleep(for: wait)
                    }.run(follows: false)
                }
            }
            let reader = try JournalReader(path: store.path("j"))
            let end = try reader.lastSeq()
            for part in 1...4 {
                let goal = end * Int64(part) / 5
                try await eventually("transition \(goal) is shipped") {
                    try reader.shipment(to: store.address.description)?.seq ?? 0 >= goal
                }
                server.kill()
                try await server.start()
            }
            _ = try await shipping.value
            #expect(batches.withLock { $0 } > 0)
            try await store.holds(["j"])
        }
    }

    /// What a proxy that has had enough does with a request, or an answer.
    enum Fault: String, CaseIterable {
        case cutsTheRequest, cutsTheAnswer, answersNothing, answersGarbage, answersWithAPage, refusesForNow
    }

    @Test(arguments: Fault.allCases) func aWayThatIsBroken(fault: Fault) async throws {
        try await withStore { store in
            // Each failure shrinks the batch, and a silence lasts as long as the client's patience.
            try await store.makeJournal("j", runs: fault == .answersNothing ? 3 : 60, seed: 6)
            let proxy = try FaultyProxy(to: store.server.ports.http, fault: fault.rawValue, seed: 7)
            defer { proxy.end() }
            let address = try FleetAddress("http://127.0.0.1:\(proxy.port)/\(store.database)")
            // A page that is no answer of ClickHouse ends the shipping; anything else is tried again.
            var tries = 0
            while true {
                do {
                    let summary = try await store.with(address, timeout: .milliseconds(1500)) { client in
                        var settings = Shipper.Settings()
                        (settings.batch, settings.tries) = (20, 500)
                        (settings.backoff, settings.longestBackoff) = (.milliseconds(1), .milliseconds(2))
                        return try await Shipper(
                            journal: store.path("j"), client: client, settings: settings, logger: store.logger
                        ).run(follows: false)
                    }
                    #expect(summary.batches + summary.known > 0 || tries > 0)
                    break
                } catch let error as FleetError where error.kind == .damaged && fault == .answersWithAPage {
                    tries += 1
                    #expect(tries < 500)
                }
            }
            #expect(proxy.faults > 0)
            #expect(
                try JournalReader(path: store.path("j")).shipment(to: address.description)?.seq
                    == JournalReader(path: store.path("j")).lastSeq())
            try await store.holds(["j"])
        }
    }

    /// A disk that only the server sees is full, and then it is not.
    @Test(.enabled(if: PrivateMounts.reason == nil, "\(PrivateMounts.reason ?? "available")"))
    func aStoreWithoutRoom() async throws {
        let server = try ClickHouseServer(ports: ClickHouseServer.Ports())
        let data = server.directory.appending(path: "data").path
        try await server.start(before: "mount -t tmpfs -o size=24m none '\(data)'", isAlone: true)
        defer { server.end() }
        try await withStore(on: server) { store in
            try await store.makeJournal("j", runs: 200, seed: 8)
            try await store.with { client in
                // Only the server sees the disk: it fills it itself.
                try await client.run("CREATE TABLE filler (x String) ENGINE = Log")
                for _ in 0..<60 {
                    do {
                        try await client.run(
                            "INSERT INTO filler SELECT toString(rand64(1)) FROM system.numbers LIMIT 100000")
                    } catch let error as FleetError {
                        #expect(error.kind == .unavailable, "\(error)")
                        break
                    }
                }
            }
            await #expect { try await store.ship("j") } throws: { ($0 as? FleetError)?.kind == .unavailable }
            let reader = try JournalReader(path: store.path("j"))
            #expect(try reader.shipment(to: store.address.description)?.seq == 0)
            try await store.with { try await $0.run("DROP TABLE filler") }
            try await store.ship("j")
            try await store.holds(["j"])
        }
    }

    /// Nobody is asked more often the longer nobody answers, and not all at once.
    @Test func waitsGrowAndDiffer() {
        let settings = Shipper.Settings()
        var last = Duration.zero
        for failures in 1...12 {
            let (least, most) = (
                Shipper.backoff(failures, settings, random: 0), Shipper.backoff(failures, settings, random: 0.999)
            )
            #expect(least >= last / 2 && most > least && most <= settings.longestBackoff)
            last = most
        }
        #expect(Shipper.backoff(1, settings, random: 0) == .milliseconds(250))
        #expect(Shipper.backoff(30, settings, random: 0.999) > .seconds(59))
    }

    /// Where a whole batch does not get through, a smaller one may; and later it is a whole one again.
    @Test func aBatchShrinksAndGrows() {
        var sent = Shipper.Sent(journalID: "j", configurations: ["d"], engines: ["e"], isSure: true)
        sent.fail(100)
        #expect(sent.batch == 50 && !sent.isSure && sent.configurations.isEmpty && sent.engines.isEmpty)
        sent.turn(to: "j")
        #expect(sent.batch == 50)
        for _ in 0..<20 { sent.fail(100) }
        #expect(sent.batch == 1)
        var sizes: [Int?] = []
        for _ in 0..<200 {
            sent.succeed(100)
            sizes.append(sent.batch)
        }
        #expect(sizes.prefix(7) == [2, 4, 8, 16, 32, 64, nil] && sizes.last == .some(nil))
        sent.configurations = ["d"]
        sent.turn(to: "another")
        #expect(sent.journalID == "another" && sent.configurations.isEmpty && !sent.isSure)
    }

    /// No file of the journal is open while a store is waited for, and following ends when it is told to.
    @Test func itFollowsUntilItIsCancelled() async throws {
        try await withStore { store in
            try await store.makeJournal("j", runs: 3, seed: 9)
            let shipping = Task {
                try await store.with { client in
                    var settings = Shipper.Settings()
                    settings.pause = .milliseconds(5)
                    return try await Shipper(
                        journal: store.path("j"), client: client, settings: settings, logger: store.logger
                    ).run(follows: true)
                }
            }
            for round in 1...3 {
                try await store.append(runs: 2, seed: 10 + round, to: store.path("j"))
                let reader = try JournalReader(path: store.path("j"))
                let end = try reader.lastSeq()
                try await eventually("what was recorded later is shipped") {
                    try reader.shipment(to: store.address.description)?.seq == end
                }
            }
            shipping.cancel()
            _ = try await shipping.value
            try await store.holds(["j"])
        }
    }
}
