import JournalReports
import LifecycleJournal
import ModelLifecycle

/// What each model's own past leads to expect.
struct Expectations {
    private let reader: JournalReader?
    private var phases: [String: PhaseExpectation] = [:]

    init(path: String) {
        // A past that cannot be read only leaves the line without an estimate.
        reader = try? JournalReader(path: path)
    }

    subscript(configuration: RunConfiguration) -> PhaseExpectation {
        mutating get {
            if let known = phases[configuration.model] { return known }
            let found = (try? reader?.expectation(of: configuration)) ?? PhaseExpectation()
            phases[configuration.model] = found
            return found
        }
    }
}
