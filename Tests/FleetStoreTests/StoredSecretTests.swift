import Foundation
import JournalCare
import JournalReports
import LifecycleJournal
import NIOCore
import TestSupport
import Testing

@testable import FleetStore
@testable import ModelLifecycle

/// A store may hold secrets that an older program has shipped. They are not read out of it.
@Suite(.turn(of: "FleetStoreTests")) struct StoredSecretTests {
    private static let secret = "hf_hunter2hunter2hunter2"

    private var evidence: FailureEvidence {
        var evidence = FailureEvidence(lastProbe: "GET /a answered 503: \(Self.secret)")
        evidence.probeLocation = "http://a/\(Self.secret)"
        return evidence
    }

    @Test func aTransitionsAreTakenOut() throws {
        var row = TransitionRow(
            ChainRow(ordinal: 1, at: 1, from: "LOADING", to: "ERROR", trigger: "load_failed"), model: "m",
            provider: "p", runID: "r", attempt: 1, correlationID: "c", engineID: "e", pid: 1, host: "h")
        row.message = "cannot load \(Self.secret)"
        row.correlationID = Self.secret
        row.version = Self.secret
        row.outputTail = "a line\n\(Self.secret)\n"
        row.evidence = "{\"last_probe\":\"no \(Self.secret)\"}"
        row.warmups = [ChainRow.Warmup(elapsed: 1, error: Self.secret)]
        let bytes = ExportedTransition.bytes([ExportedTransition(row, wanted: nil, hash: Data([1]))], of: "j").buffer
        #expect(bytes.readableBytesView.count { $0 == UInt8(ascii: "h") } >= 6)
        var reader = RowBinaryReader(bytes)
        #expect(try reader.text() == "j")
        let read = try ExportedTransition(&reader)
        #expect(read.row.message == "cannot load [redacted]" && read.warmups.map(\.error) == ["[redacted]"])
        #expect(!"\(read)".contains("hunter2"), "\(read)")
    }

    @Test func aRunsAreTakenOut() throws {
        var row = RunRow(
            id: 1, runID: "r", model: "m", provider: "p", version: nil, attempt: 1, correlationID: "c",
            startedAt: WallTime(microseconds: 1), endedAt: nil, state: "ERROR", outcome: "failed", engineID: "e",
            pid: 1, host: "h")
        row.version = Self.secret
        row.correlationID = Self.secret
        row.message = "cannot load \(Self.secret)"
        row.evidence = evidence
        let run = ShippedRun(
            row, firstSeq: 1, lastSeq: 2, lastAt: WallTime(microseconds: 2), retryAt: nil, configurationDigest: "d")
        var reader = RowBinaryReader(ShippedRun.bytes([run], of: "j").buffer)
        let read = try ShippedRun.read(&reader).run
        #expect(read.row.message == "cannot load [redacted]")
        #expect(!"\(read)".contains("hunter2"), "\(read)")
    }
}
