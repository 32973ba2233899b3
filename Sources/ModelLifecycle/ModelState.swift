/// The six states of a model, spelled as in the journal, the JSON and the text output.
public enum ModelState: String, Sendable, Hashable, CaseIterable, Codable {
    /// Nothing is in memory. Next: `loading`.
    case uninitialized = "UNINITIALIZED"
    /// The provider loads the model. Next: `warmingUp`, `ready`, `error`, `unloading`.
    case loading = "LOADING"
    /// Warm-up inferences run. Next: `ready`, `error`, `unloading`.
    case warmingUp = "WARMING_UP"
    /// The model serves. Next: `unloading`, `error`.
    case ready = "READY"
    /// The provider gives the model's memory back. Next: `uninitialized`, `error`.
    case unloading = "UNLOADING"
    /// A run failed or was interrupted. Next: `loading`, `unloading`.
    case error = "ERROR"

    /// True while an engine is at work on the model: if that engine dies now, the run is interrupted.
    public var isInFlight: Bool {
        switch self {
        case .loading, .warmingUp, .ready, .unloading: true
        case .uninitialized, .error: false
        }
    }
}

extension ModelState: CustomStringConvertible {
    /// As in the journal: `WARMING_UP`.
    public var description: String { rawValue }
}
