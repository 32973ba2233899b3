import ArgumentParser
import FleetStore
import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal
import Logging
import UnixSignals

/// `--fleet URL`, and what else has to do with a store.
enum FleetOption {
    @Sendable static func address(_ text: String) throws -> FleetAddress {
        do { return try FleetAddress(text) } catch let error as FleetError { throw ValidationError(error.message) }
    }

    static func withClient<Result>(
        of address: FleetAddress, _ body: (ClickHouseClient) async throws -> Result
    ) async throws -> Result {
        do {
            let credentials = try FleetCredentials(ProcessInfo.processInfo.environment)
            return try await ClickHouseClient.with(address, credentials, body)
        } catch let error as FleetError {
            throw CommandFailure(error.status, error.message)
        }
    }
}

extension FleetError {
    fileprivate var status: ExitStatus {
        switch kind {
        case .usage: .usage
        case .unavailable, .noSchema, .refused: .unavailable
        case .denied: .permission
        case .diverged, .damaged: .dataError
        }
    }
}
