import Foundation
package import JournalReports
import LifecycleJournal
package import ModelLifecycle

// Rows that come from elsewhere than a journal's views.

extension ShippedRun {
    package init(
        _ row: RunRow, firstSeq: Int64, lastSeq: Int64, lastAt: WallTime, retryAt: WallTime?,
        configurationDigest: String
    ) {
        self.init(
            row: row, firstSeq: firstSeq, lastSeq: lastSeq, lastAt: lastAt, retryAt: retryAt,
            configurationDigest: configurationDigest)
    }
}

extension FailureEvidence {
    /// As the journal keeps it.
    package var json: String? { try? EvidenceJSON(self).text() }

    package init?(json: String) {
        guard let evidence = try? EvidenceJSON(json: json).evidence else { return nil }
        self = evidence
    }
}
