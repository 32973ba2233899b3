import ModelLifecycle
import Testing

@Suite("The table of legal moves")
struct LifecycleTableTests {
    struct Arrow: Hashable, CustomTestStringConvertible {
        let from: ModelState
        let to: ModelState

        init(_ from: ModelState, _ to: ModelState) {
            self.from = from
            self.to = to
        }

        var testDescription: String { "\(from) → \(to)" }
    }

    /// Every arrow between two states that the design names, and no other.
    static let designed: Set<Arrow> = [
        Arrow(.uninitialized, .loading), Arrow(.error, .loading),
        Arrow(.loading, .warmingUp), Arrow(.loading, .ready), Arrow(.loading, .error), Arrow(.loading, .unloading),
        Arrow(.warmingUp, .ready), Arrow(.warmingUp, .error), Arrow(.warmingUp, .unloading),
        Arrow(.ready, .error), Arrow(.ready, .unloading),
        Arrow(.error, .unloading),
        Arrow(.unloading, .uninitialized), Arrow(.unloading, .error),
    ]

    @Test func noMoveIsListedTwice() {
        var seen: Set<String> = []
        for move in LifecycleTable.moves {
            #expect(seen.insert("\(move.from) \(move.trigger.rawValue) \(move.to)").inserted)
        }
    }

    @Test func theMovesConnectExactlyTheDesignedStates() {
        #expect(Set(LifecycleTable.moves.map { Arrow($0.from, $0.to) }) == Self.designed)
    }

    @Test func everyTriggerMovesSomething() {
        #expect(Set(LifecycleTable.moves.map(\.trigger)) == Set(Trigger.allCases))
    }

    @Test func exactlyTheListedMovesAreLegal() {
        for from in ModelState.allCases {
            for trigger in Trigger.allCases {
                for to in ModelState.allCases {
                    let listed = LifecycleTable.moves.contains {
                        $0.from == from && $0.trigger == trigger && $0.to == to
                    }
                    #expect(LifecycleTable.isLegal(from: from, trigger: trigger, to: to) == listed)
                }
            }
        }
    }

    @Test func onlyARecoveryCanLeaveAStateOfADeadOwner() {
        let recoverable = LifecycleTable.moves.filter { $0.trigger == .recovered }
        #expect(Set(recoverable.map(\.from)) == Set(ModelState.allCases.filter(\.isInFlight)))
        for move in recoverable { #expect(move.to == (move.from == .unloading ? .uninitialized : .error)) }
    }

    @Test func theMarkdownHasALineForEveryMove() {
        let lines = LifecycleTable.markdown.split(separator: "\n")
        #expect(lines.count == LifecycleTable.moves.count + 2)
        #expect(lines.first == "| from | trigger | to | when |")
        #expect(lines.contains("| UNLOADING | `unloaded` | UNINITIALIZED | the memory is given back |"))
    }

    @Test func theSpellingOfTheStatesIsFixed() {
        #expect(
            ModelState.allCases.map(\.description) == [
                "UNINITIALIZED", "LOADING", "WARMING_UP", "READY", "UNLOADING", "ERROR",
            ])
    }

    @Test func theSpellingOfTheTriggersIsFixed() {
        #expect(
            Trigger.allCases.map(\.rawValue) == [
                "initialize", "retry", "resume", "fallback", "loaded", "load_failed", "warmed", "warmup_failed",
                "deadline",
                "stalled", "provider_exited", "provider_unhealthy", "unload", "unloaded", "unload_failed", "recovered",
            ])
    }

    @Test func theSpellingOfTheReasonsIsFixed() {
        #expect(
            FailureReason.allCases.map(\.rawValue) == [
                "ModelLoadFailed", "WarmupFailed", "StartupTimeout", "Stalled", "ProviderNotAvailable", "SpawnFailed",
                "ProcessExited", "OOMKilled", "RuntimeUnhealthy", "UnloadFailed", "UnloadTimeout", "Cancelled",
                "Superseded", "Interrupted",
            ])
    }
}
