package import LifecycleJournal
package import ModelLifecycle

/// How long a start will still take until READY, judged by earlier ones.
package enum Forecast {
    /// - Parameters:
    ///   - elapsed: microseconds in the state so far.
    ///   - warmsUp: whether a warm-up follows the load.
    /// - Returns: nil where the past does not tell.
    package static func text(
        _ state: ModelState, elapsed: Int64, _ expected: PhaseExpectation, warmsUp: Bool
    ) -> String? {
        guard let phase = expected.phase(state) else { return nil }
        if elapsed > phase.p99 { return "slower than its p99 of \(DurationText.long(phase.p99))" }
        let rest = max(0, phase.p50 - elapsed)
        guard state == .loading, warmsUp else { return text(left: rest) }
        if let warmup = expected.warmup { return text(left: rest + warmup.p50) }
        // The first warm-up of its kind: until READY nobody knows.
        return rest > 0 ? "about \(DurationText.long(rest)) left in \(state)" : nil
    }

    private static func text(left: Int64) -> String {
        left > 0 ? "about \(DurationText.long(left)) left" : "any moment now"
    }
}
