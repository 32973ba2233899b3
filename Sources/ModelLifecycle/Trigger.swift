/// What moved the machine; one of them stands on every row of the journal.
public enum Trigger: String, Sendable, Hashable, CaseIterable, Codable {
    /// Somebody asked for the model.
    case initialize
    /// The backoff after a failed run is over.
    case retry
    /// A new engine carries on what a dead one was doing.
    case resume
    /// The model that was asked for could not be loaded, and this one stands in for it.
    case fallback
    /// The provider has loaded the model.
    case loaded
    /// The provider could not load the model, or is not available.
    case loadFailed = "load_failed"
    /// Every warm-up inference succeeded.
    case warmed
    /// A warm-up inference failed or took too long.
    case warmupFailed = "warmup_failed"
    /// The run's own deadline passed before it was READY.
    case deadline
    /// Loading made no progress for the stall timeout.
    case stalled
    /// The provider's process crashed or exited.
    case providerExited = "provider_exited"
    /// The provider no longer answers as a healthy one does.
    case providerUnhealthy = "provider_unhealthy"
    /// Somebody asked to unload the model.
    case unload
    /// The provider has given the model's memory back.
    case unloaded
    /// The provider could not unload the model, or not in time.
    case unloadFailed = "unload_failed"
    /// A later engine found this run's owner dead.
    case recovered
}
