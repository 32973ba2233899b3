import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `history -f` shows transitions as they are recorded.
@Suite(.turn(of: "CommandLineTests")) struct FollowTests {
    @Test(arguments: ["ndjson", "csv", "text"]) func rowsComeAsTheyAreRecorded(format: String) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let follow = try workspace.start(["history", "-f", "-o", format])
            try await eventually("the rows that were there") { rows(follow.standardOutput.text) == 2 }
            for count in [4, 6, 8] {
                try await workspace.seed(.failed())
                try await eventually("\(count) rows") { rows(follow.standardOutput.text) == count }
            }
            follow.send(SIGTERM)
            let finished = try await follow.finished()
            #expect(rows(finished.output) == 8, "\(finished)")
            #expect(finished.errors.isEmpty, "\(finished)")
            if format == "csv" { #expect(finished.lines.count { $0.hasPrefix("seq,at,") } == 1) }
        }
    }

    private func rows(_ text: String) -> Int { text.matches(of: /initialize|load_failed/).count }

    @Test func manyRowsKeepTheirOrderAndComeOnce() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let follow = try workspace.start(["history", "-f", "-n", "1", "-o", "ndjson"])
            // Once the newest old row is there, it listens.
            try await eventually("the newest old row") { follow.standardOutput.lines.count == 1 }
            for _ in 0..<10 { try await workspace.seed([.unloaded(), .failed("other")]) }
            try await eventually("all rows") { follow.standardOutput.lines.count == 71 }
            follow.send(SIGINT)
            let rows = try await follow.finished().lines.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])["seq"] as? Int
            }
            #expect(rows == Array(2...72))
        }
    }

    @Test func filtersHoldForLaterRowsToo() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.failed(), .failed("other")])
            let follow = try workspace.start(["history", "-f", "-o", "ndjson", "--model", "other", "--state", "ERROR"])
            try await eventually("the old row") { follow.standardOutput.lines.count == 1 }
            try await workspace.seed([.unloaded(), .failed(), .failed("other")])
            try await eventually("the new row") { follow.standardOutput.lines.count == 2 }
            follow.send(SIGTERM)
            #expect(try await follow.finished().lines.allSatisfy { $0.contains("\"model\":\"other\"") })
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func aSignalEndsIt(signal: Int32) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let follow = try workspace.start(["history", "-f"])
            try await eventually("the rows that were there") { !follow.standardOutput.text.isEmpty }
            follow.send(signal)
            let finished = try await follow.finished()
            #expect(finished.status == 128 + signal, "\(finished)")
            #expect(finished.errors.isEmpty)
        }
    }
}
