import ModelLifecycle

/// The last answer to a probe with the address that gave it, how often it did, and where it leads.
struct ProbeWords {
    let text: String

    init?(_ evidence: FailureEvidence?) {
        guard let evidence, let answer = evidence.lastProbe else { return nil }
        var notes: [String] = []
        if let target = evidence.probeTarget, !answer.contains(target) { notes.append("at \(target)") }
        if let location = evidence.probeLocation, !answer.contains(location), !answer.contains("a redirect to") {
            notes.append("which leads to \(location)")
        }
        if let repeats = evidence.probeRepeats, repeats > 1 { notes.append("\(repeats) times in a row") }
        text = answer + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
    }
}
