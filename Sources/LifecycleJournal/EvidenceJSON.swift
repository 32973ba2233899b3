import Foundation
import ModelLifecycle

/// A failure's evidence as the journal keeps it; the properties are named as they stand in the JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct EvidenceJSON: Codable, Equatable {
    var oom_kill: FailureEvidence.OOMKill?
    var rss_peak_bytes: Int64?
    var memory_available_bytes: Int64?
    var last_probe: String?
    var dropped_output_bytes: Int?

    init(_ evidence: FailureEvidence) {
        oom_kill = evidence.oomKill
        rss_peak_bytes = evidence.rssPeakBytes
        memory_available_bytes = evidence.memoryAvailableBytes
        last_probe = evidence.lastProbe.map { Redaction.bounded(Redaction.redact($0), maximumBytes: 1024) }
        dropped_output_bytes = evidence.droppedOutputBytes
    }

    init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var evidence: FailureEvidence {
        FailureEvidence(
            oomKill: oom_kill, rssPeakBytes: rss_peak_bytes, memoryAvailableBytes: memory_available_bytes,
            lastProbe: last_probe, droppedOutputBytes: dropped_output_bytes)
    }
}
