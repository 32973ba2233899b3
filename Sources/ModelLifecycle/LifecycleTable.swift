/// One legal move of the state machine.
public struct LifecycleMove: Sendable, Hashable {
    /// The state that is left.
    public let from: ModelState
    /// What moves the machine.
    public let trigger: Trigger
    /// The state that is entered.
    public let to: ModelState
    /// When the move happens, in words, for the documentation.
    public let when: String
}

/// The state machine as data: every move that is legal. The machine obeys it, the journal's
/// database refuses everything else, and `docs/state-machine.md` is generated from it.
public enum LifecycleTable {
    /// All of them, one for each combination of `from`, `trigger` and `to`.
    public static let moves: [LifecycleMove] = [
        move([.uninitialized, .error], .initialize, .loading, "a caller asks for the model"),
        move([.error], .retry, .loading, "the backoff is over and the budget allows another attempt"),
        move([.uninitialized, .error], .resume, .loading, "a new engine carries on an interrupted run"),
        move([.uninitialized, .error], .fallback, .loading, "the model that was asked for could not be loaded"),
        move([.loading], .loaded, .warmingUp, "the model is loaded and warm-up is enabled"),
        move([.loading], .loaded, .ready, "the model is loaded and warm-up is disabled"),
        move([.warmingUp], .warmed, .ready, "every warm-up inference succeeded"),
        move([.warmingUp], .warmupFailed, .ready, "a warm-up inference failed under the policy `warn`"),
        move([.warmingUp], .warmupFailed, .error, "a warm-up inference failed under the policy `fail`"),
        move([.loading], .loadFailed, .error, "the provider is not available or could not load the model"),
        move([.loading, .warmingUp], .deadline, .error, "the run's deadline passed"),
        move([.loading], .stalled, .error, "no progress for the stall timeout"),
        move([.loading, .warmingUp, .ready], .providerExited, .error, "the provider crashed or exited"),
        move([.ready], .providerUnhealthy, .error, "the provider stopped answering"),
        move([.loading, .warmingUp, .ready, .error], .unload, .unloading, "a caller asks to unload the model"),
        move([.unloading], .unloaded, .uninitialized, "the memory is given back"),
        move([.unloading], .unloadFailed, .error, "the unload failed or did not end in time"),
        move([.loading, .warmingUp, .ready], .recovered, .error, "the owner was found dead"),
        move([.unloading], .recovered, .uninitialized, "the owner was found dead while unloading"),
    ].flatMap { $0 }

    private static let legal = Set(moves.map { Key(from: $0.from, trigger: $0.trigger, to: $0.to) })

    /// Whether the table has this move.
    public static func isLegal(from: ModelState, trigger: Trigger, to: ModelState) -> Bool {
        legal.contains(Key(from: from, trigger: trigger, to: to))
    }

    /// The table as Markdown, one move a line.
    package static var markdown: String {
        var lines = ["| from | trigger | to | when |", "|---|---|---|---|"]
        for move in moves {
            lines.append("| \(move.from) | `\(move.trigger.rawValue)` | \(move.to) | \(move.when) |")
        }
        return lines.joined(separator: "\n")
    }

    private struct Key: Hashable {
        let from: ModelState
        let trigger: Trigger
        let to: ModelState
    }

    private static func move(
        _ from: [ModelState], _ trigger: Trigger, _ to: ModelState, _ when: String
    ) -> [LifecycleMove] {
        from.map { LifecycleMove(from: $0, trigger: trigger, to: to, when: when) }
    }
}
