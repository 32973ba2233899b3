import Foundation
import StatusServer
import TestSupport
import Testing

/// Every client gets every transition once, in order.
@Suite(.serialized, .turn(of: "StatusServerTests")) struct EventStreamTests {
    /// 1,000 clients and 1,000 transitions, through an end of engine and server in the middle.
    @Test(.enabled(if: OpenFileLimit.raised >= 4000, "needs 4,000 open files"))
    func aThousandClientsThroughARestart() async throws {
        // These clients share a machine with all other tests, and whoever is slow is dropped: that has a test of its own.
        var limits = ConnectionLimits()
        limits.stallSeconds = 3600
        try await withPlace { [limits] place in
            try await place.openEngine()
            let first = try await place.serve(limits: limits)
            let port = first.address.port
            let clients = EventClients(1000, port: port, position: "\(try await position(port).journal)-0")
            try await clients.connect()
            try await place.cycle(100)
            try await eventually("all have the first half", whileMoves: { clients.received }) { clients.slowest >= 500 }
            await first.stop()
            try await eventually("all are disconnected") { clients.connected == 0 }
            try await place.closeEngine()

            try await place.openEngine()
            try await place.cycle(50)
            _ = try await place.serve(port: port, limits: limits)
            try await clients.connect()
            try await place.cycle(50)
            try await eventually("all have everything", whileMoves: { clients.received }) { clients.slowest >= 1000 }
            #expect(clients.faults.isEmpty, "\(clients.faults.prefix(5))")
            await clients.disconnect()
        }
    }

    /// Longer away than memory reaches: the journal has the rest.
    @Test func whoWasAwayForLongIsServedFromTheJournal() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle(1000)
            let server = try await place.serve()
            let port = server.address.port
            let clients = EventClients(3, port: port, position: "\(try await position(port).journal)-0")
            try await clients.connect()
            try await place.cycle(10)
            try await eventually("all have everything") { clients.slowest >= 5050 }
            #expect(clients.faults.isEmpty, "\(clients.faults.prefix(5))")
            await clients.disconnect()
        }
    }

    /// The same name, and less in it: whoever was further than that begins anew.
    @Test func aBackupThatWasPutBackIsFollowed() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle(2)
            try await place.closeEngine()
            let kept = place.journal + ".kept"
            try FileManager.default.copyItem(atPath: place.journal, toPath: kept)
            try await place.openEngine()
            try await place.cycle(2)
            let port = try await place.serve().address.port
            let journal = try await position(port).journal
            let client = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nLast-Event-ID: \(journal)-19\r\n\r\n")
                _ = client.receive(until: "id: \(journal)-20\n")
                return client
            }
            try await place.closeEngine()
            for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.journal + end) }
            #expect(rename(kept, place.journal) == 0)
            let text = try await onThread { client.receive(until: "event: reset") }
            #expect(text?.contains("event: reset") == true, "\(text ?? "nothing came")")
            try await eventually("the page is that of the backup") { try await position(port).seq == 10 }
            try await place.openEngine()
            try await place.cycle()
            let more = try await onThread { client.receive(until: "id: \(journal)-15\n") }
            #expect(more?.contains("id: \(journal)-11\n") == true, "\(more ?? "nothing came")")
        }
    }

    @Test func anEventIsTheRowThatHistoryShows() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let client = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                _ = client.receive(until: "retry:")
                return client
            }
            try await place.cycle()
            let text = try #require(await onThread { client.receive(until: "\"to_state\":\"UNINITIALIZED\"") })
            let lines = text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .newlines) }
            let states = lines.filter { $0.hasPrefix("data: ") }.compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8)) as? [String: Any])?["to_state"]
                    as? String
            }
            #expect(states == ["LOADING", "WARMING_UP", "READY", "UNLOADING", "UNINITIALIZED"])
            #expect(lines.filter { $0 == "event: transition" }.count == 5)
        }
    }

    /// What such a client keeps is of another journal: it has to ask for everything anew.
    @Test(arguments: ["nobody-7", "garbage", "-1"])
    func whoIsElsewhereIsReset(id: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle()
            let port = try await place.serve().address.port
            let end = try await position(port)
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nLast-Event-ID: \(id)\r\n\r\n")
                return client.receive(until: "data: {}")
            }
            #expect(text?.contains("event: reset") == true)
            #expect(text?.contains("id: \(end.journal)-\(end.seq)") == true)
        }
    }

    /// A damaged journal is set aside, and another one begun: the server goes on with that one.
    @Test func anotherJournalIsFollowed() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle()
            let port = try await place.serve().address.port
            let old = try await position(port)
            try await place.closeEngine()
            try FileManager.default.moveItem(atPath: place.journal, toPath: place.journal + ".aside")
            try await place.openEngine(model: "another")
            try await place.cycle()
            try await eventually("the new journal is followed") {
                let now = try await position(port)
                return now.journal != old.journal && now.seq == 5
            }
            try await eventually("its model is shown") {
                let json = try await get("/health", port: port).json
                return json["model"] as? String == "another"
            }
        }
    }
}
