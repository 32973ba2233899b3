package import JournalReports
import LifecycleJournal
import ModelLifecycle
import OutputReading

extension RunStory {
    /// What the model's process complained of in a run that did not fail: it may be READY and answer nonsense.
    package var warnings: [String] {
        switch run.outcome.known {
        case .inProgress, .ready, .unloaded: outputTail.map(RunWarnings.of) ?? []
        case .failed, .cancelled, .interrupted, nil: []
        }
    }
}

/// The warnings and errors in an output, for people.
package enum RunWarnings {
    /// How many are listed.
    private static let limit = 10

    /// - Parameter output: as it was kept.
    /// - Returns: one line each; the last one says how many are left out.
    package static func of(_ output: String) -> [String] {
        let complaints = OutputReader.read(output).complaints.map(\.text)
        guard complaints.count > limit else { return complaints }
        return complaints.prefix(limit) + ["… and \(complaints.count - limit) more"]
    }

    /// `with a warning: no tensors loaded`, for the end of a sentence; nil without a warning.
    package static func phrase(_ output: String) -> String? {
        let complaints = OutputReader.read(output).complaints
        guard let first = complaints.first else { return nil }
        return complaints.count == 1
            ? "with a warning: \(first.text)" : "with \(complaints.count) warnings, the first: \(first.text)"
    }
}
