import NIOHTTP1
import TestSupport
import Testing

@testable import FleetStore

/// What a store says when it refuses something.
@Suite(.turn(of: "FleetStoreTests")) struct RefusalTests {
    private static let secret = "hf_hunter2hunter2hunter2"

    /// What ClickHouse says may be long; the words after the cut gave the secret away.
    @Test(arguments: 0...40) func aRefusalIsRedactedBeforeItIsCut(padding: Int) async throws {
        let words = try await ClickHouseClient.with(FleetAddress("http://127.0.0.1:1/db"), FleetCredentials(user: nil))
        {
            let beginning = String(repeating: "x", count: 260 + padding)
            return $0.refusal(.badRequest, "Code: 62. DB::Exception: \(beginning) \(Self.secret) more").description
        }
        #expect(!words.contains("hf_h") && words.contains("xxx"), "\(words)")
    }
}
