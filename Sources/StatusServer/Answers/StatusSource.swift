package import ModelLifecycle

/// What the server says of models at this moment. Whoever drives models fills it in from what is published of them;
/// `JournalStates` does from a journal.
package protocol StatusSource: Sendable {
    /// Each model once, in a fixed order. Asked for with every probe: it must be cheap, and wait for nothing.
    var models: [ModelView] { get }
}

/// One model as health checks see it.
package struct ModelView: Sendable, Hashable {
    package var model: String
    package var provider: String
    package var state: ModelState
    /// True while the model serves.
    package var isReady = false
    /// The model that serves in place of this one.
    package var servedBy: String?
    package var wanted: String?
    package var reason: String?
    package var message: String?
    /// Whether it has been READY since its engine began, or in its last run.
    package var wasReady = false
    /// Whether somebody unloaded it, or cancelled its start, and nobody drives it now.
    package var isPutAway = false
    package var isLoaded = false
    package var isWarm = false
    /// Of the current or last run; microseconds.
    package var loadTime: Int64?
    package var warmupTime: Int64?
    package var runID: String?
    package var attempt: Int?
    package var correlationID: String?
    package var nextRetryAt: WallTime?
    /// Some transitions wait in memory because the journal cannot be written.
    package var isJournalDegraded = false
    /// Of the process that holds the model, where it is one of this machine.
    package var processID: Int32?

    package init(model: String, provider: String, state: ModelState) {
        self.model = model
        self.provider = provider
        self.state = state
    }

    /// Whether a request for this model is answered, if need be by another one.
    var isServed: Bool { isReady || servedBy != nil }
}
