package import LifecycleJournal
package import ModelLifecycle

extension JournalReader {
    /// What the past leads to expect of a start with this configuration.
    package func expectation(of configuration: RunConfiguration) throws -> PhaseExpectation {
        try read { db in try PhaseExpectation(db, of: configuration, before: nil) }
    }
}
