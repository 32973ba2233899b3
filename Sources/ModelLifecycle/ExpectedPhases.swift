/// How long the phases of a start may take before that is remarkable: the model's own p99. It harms
/// nothing to be slower, but somebody may be waiting and wonder.
public struct ExpectedPhases: Sendable, Hashable {
    public var load: Duration?
    public var warmup: Duration?

    public init(load: Duration? = nil, warmup: Duration? = nil) {
        self.load = load
        self.warmup = warmup
    }
}
