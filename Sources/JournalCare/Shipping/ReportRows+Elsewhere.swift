package import Foundation
package import ModelLifecycle

// Rows that come from elsewhere than a journal's views.

extension TransitionRow {
    package init(
        seq: Int64, at: WallTime, model: String, provider: String, runID: String, attempt: Int, correlationID: String,
        from: String, to: String, trigger: String, reason: String?, message: String?, elapsed: Int64?, exitCode: Int?,
        signal: Int?, engineID: String, pid: Int, host: String, isAfterGap: Bool
    ) {
        self.seq = seq
        self.at = at
        self.model = model
        self.provider = provider
        self.runID = runID
        self.attempt = attempt
        self.correlationID = correlationID
        self.from = from
        self.to = to
        self.trigger = trigger
        self.reason = reason
        self.message = message
        self.elapsed = elapsed
        self.exitCode = exitCode
        self.signal = signal
        self.engineID = engineID
        self.pid = pid
        self.host = host
        self.isAfterGap = isAfterGap
    }
}

extension RunRow {
    /// What else is known of it is filled in.
    package init(
        id: Int64, runID: String, model: String, provider: String, version: String?, attempt: Int,
        correlationID: String,
        startedAt: WallTime, endedAt: WallTime?, state: String, outcome: String, engineID: String, pid: Int,
        host: String
    ) {
        self.id = id
        self.runID = runID
        self.model = model
        self.provider = provider
        self.version = version
        self.attempt = attempt
        self.correlationID = correlationID
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.state = state
        self.outcome = outcome
        self.engineID = engineID
        self.pid = pid
        self.host = host
    }
}

extension WarmupRow {
    package init(number ordinal: Int, elapsed: Int64, error: String?) {
        self.init(ordinal: ordinal, elapsed: elapsed, error: error)
    }
}

extension ExportedTransition {
    package init(
        _ row: TransitionRow, ordinal: Int, version: String?, outputTail: String?, retryAt: WallTime?,
        warmups: [WarmupRow], wanted: String?, evidence: FailureEvidence?, load: LoadFacts, hash: Data
    ) {
        self.init(
            row: row, ordinal: ordinal, version: version, outputTail: outputTail, retryAt: retryAt, warmups: warmups,
            wanted: wanted, evidence: evidence, load: load, configuration: nil, engine: nil, hash: hash)
    }
}

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
