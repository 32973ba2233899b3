/// How long to wait between two probes of a server that starts: short at first, so that a load of milliseconds is
/// recorded as one, and longer the longer the load takes, so that the error stays a small part of it.
struct ProbePace: Sendable {
    /// The longest wait.
    let limit: Duration

    static let shortest = Duration.milliseconds(5)
    /// The wait is this part of the time that has passed.
    private static let part = 100
    /// A probe may cost the server work, or a process: it waits for so many times as long as the last one took.
    private static let costFactor = 4

    /// - Parameters:
    ///   - elapsed: since the server was started.
    ///   - cost: how long the last probe took.
    func pause(after elapsed: Duration, cost: Duration) -> Duration {
        min(max(Self.shortest, elapsed / Self.part, cost * Self.costFactor), limit)
    }

    /// The longest time between two probes while nothing is seen to listen.
    func pauseWithoutListener(after elapsed: Duration) -> Duration {
        min(max(Self.shortest * 4, elapsed / 20), max(.seconds(1), limit))
    }

    /// The time between two looks at who listens.
    func look(after elapsed: Duration) -> Duration { min(max(.milliseconds(2), elapsed / 200), limit) }
}
