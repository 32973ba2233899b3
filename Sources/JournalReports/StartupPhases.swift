import LifecycleJournal

/// Where the time of a start went, in microseconds. The parts and the residual add up to the whole.
package struct StartupPhases: Sendable, Hashable {
    /// Until the provider could begin.
    package var queue: Int64
    /// To read the model's files for their digest; zero where nobody asked for it.
    package var digest: Int64
    /// Until the model's process existed; zero for a model in the engine's own process.
    package var spawn: Int64
    /// The rest of LOADING.
    package var load: Int64
    /// The warm-up's inferences.
    package var warmup: Int64
    /// What none of them explains.
    package var residual: Int64

    /// - Returns: nil for a run that has not been READY.
    package init?(_ story: RunStory) {
        let run = story.run
        guard let startup = run.startup, let loading = run.load else { return nil }
        queue = run.queue ?? 0
        digest = run.digest ?? 0
        spawn = run.spawn ?? 0
        load = loading &- queue &- digest &- spawn
        warmup = story.warmups.reduce(0) { $0 &+ $1.elapsed }
        residual = startup &- loading &- warmup
    }
}
