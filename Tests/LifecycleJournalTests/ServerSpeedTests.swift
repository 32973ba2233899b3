import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What servers tell of their speed, in the statistics.
@Suite(.turn(of: "LifecycleJournalTests")) struct ServerSpeedTests {
    @Test(
        arguments: [
            ("warm-up request: prompt 5 tokens at 55.1 tokens/s, generated 1 token at 12.3 tokens/s", 55.1, 12.3),
            ("warm-up request: generated 20.0 tokens/s, load 2.5 s", nil, 20),
            ("warm-up request: prompt 7 tokens, generated 9 tokens", nil, nil), ("", nil, nil),
        ] as [(String, Double?, Double?)])
    func aMessageIsRead(message: String, prompt: Double?, generated: Double?) {
        let speed = ServerSpeed([message])
        #expect(speed?.prompt?.p50 == prompt && speed?.generated?.p50 == generated)
    }

    @Test func theStatisticsSumItUp() async throws {
        let sandbox = try Sandbox()
        var driver = try await sandbox.engine().claimDriver()
        for rate in [30, 10, 20, 40] {
            try await driver.start()
            for message in ["warm-up request: generated 8 tokens at \(rate).5 tokens/s", "about 40 % read"] {
                try await driver.claimed.recorder.append(
                    RunNote(.status, message: message), at: driver.wall, of: driver.run.runID)
            }
            try await driver.fail()
        }
        let all = try #require(try sandbox.reader().statistics(ReportFilter()).first)
        #expect(all.speed?.prompt == nil)
        let rates = try #require(all.speed?.generated)
        #expect(rates.count == 4 && rates.min == 10.5 && rates.p50 == 20.5 && rates.max == 40.5)
        var later = ReportFilter()
        later.since = driver.wall
        #expect(try sandbox.reader().statistics(later).allSatisfy { $0.speed == nil })
        #expect(try sandbox.reader().statistics(ReportFilter(), by: .day).allSatisfy { $0.speed == nil })
    }
}
