import Foundation
package import ModelLifecycle

/// A failure's evidence as the journal keeps it; the properties are named as they stand in the JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
package struct EvidenceJSON: Codable, Equatable {
    var oom_kill: FailureEvidence.OOMKill?
    var memory_kills: Int?
    var killed_pids: [Int32]?
    var rss_peak_bytes: Int64?
    var tree_peak_bytes: Int64?
    var memory_limit_bytes: Int64?
    var memory_group_peak_bytes: Int64?
    var memory_available_bytes: Int64?
    var last_probe: String?
    var probe_target: String?
    var probe_status: Int?
    var probe_repeats: Int?
    var probe_location: String?
    var answer: String?
    var listening: [String]?
    var port_holder_pid: Int32?
    var port_holder_program: String?
    var dropped_output_bytes: Int?
    var output_lines_since_ready: Int?
    var killed_after_stop_timeout: Bool?
    var model_file: ModelFileJSON?

    package init(_ evidence: FailureEvidence) {
        func storable(_ text: String?, maximumBytes: Int = 1024) -> String? {
            text.map { Redaction.bounded(Redaction.redact($0), maximumBytes: maximumBytes) }
        }
        oom_kill = evidence.oomKill
        memory_kills = evidence.memoryKills
        killed_pids = evidence.killedProcessIDs
        rss_peak_bytes = evidence.rssPeakBytes
        tree_peak_bytes = evidence.treePeakBytes
        memory_limit_bytes = evidence.memoryLimitBytes
        memory_group_peak_bytes = evidence.memoryGroupPeakBytes
        memory_available_bytes = evidence.memoryAvailableBytes
        last_probe = storable(evidence.lastProbe)
        probe_target = storable(evidence.probeTarget)
        probe_status = evidence.probeStatus
        probe_repeats = evidence.probeRepeats
        probe_location = storable(evidence.probeLocation)
        answer = storable(evidence.answer, maximumBytes: 16 << 10)
        listening = evidence.listeningAddresses?.map(Redaction.redact)
        port_holder_pid = evidence.portHolder?.pid
        port_holder_program = storable(evidence.portHolder?.program)
        dropped_output_bytes = evidence.droppedOutputBytes
        output_lines_since_ready = evidence.outputLinesSinceReady
        killed_after_stop_timeout = evidence.killedAfterStopTimeout
        model_file = evidence.modelFile.map(ModelFileJSON.init)
    }

    package init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

    /// - Parameter json: as another journal has it. Where nothing has to be taken out it stays as it is, with what a later
    ///   program knows.
    package static func withoutSecrets(_ json: String) -> String {
        let text = Redaction.redact(json)
        guard text != json, let known = try? EvidenceJSON(json: json) else { return text }
        return (try? EvidenceJSON(known.evidence).text()) ?? text
    }

    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Without secrets, which evidence of an older or of another program may hold.
    package var evidence: FailureEvidence {
        var evidence = FailureEvidence(
            oomKill: oom_kill, rssPeakBytes: rss_peak_bytes, memoryAvailableBytes: memory_available_bytes,
            lastProbe: last_probe.map(Redaction.redact), droppedOutputBytes: dropped_output_bytes)
        evidence.memoryKills = memory_kills
        evidence.killedProcessIDs = killed_pids
        evidence.treePeakBytes = tree_peak_bytes
        evidence.memoryLimitBytes = memory_limit_bytes
        evidence.memoryGroupPeakBytes = memory_group_peak_bytes
        evidence.probeTarget = probe_target.map(Redaction.redact)
        evidence.probeStatus = probe_status
        evidence.probeRepeats = probe_repeats
        evidence.probeLocation = probe_location.map(Redaction.redact)
        evidence.answer = answer.map(Redaction.redact)
        evidence.listeningAddresses = listening?.map(Redaction.redact)
        if let port_holder_pid, let port_holder_program {
            evidence.portHolder = .init(
                pid: port_holder_pid, program: Redaction.redact(port_holder_program))
        }
        evidence.outputLinesSinceReady = output_lines_since_ready
        evidence.killedAfterStopTimeout = killed_after_stop_timeout
        evidence.modelFile = model_file?.header
        return evidence
    }
}
