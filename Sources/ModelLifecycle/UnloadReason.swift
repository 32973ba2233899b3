/// Why a run was ended by an unload, as metrics count it under `modeljournal_unloads_total`. A run that failed before it was
/// unloaded, or whose unload failed, counts as a failure instead.
package enum UnloadReason: String, Sendable, CaseIterable {
    /// The model was READY.
    case requested = "Requested"
    /// The model was still starting.
    case cancelled = "Cancelled"
}
