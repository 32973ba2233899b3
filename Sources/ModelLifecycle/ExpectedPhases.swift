/// How long the phases of a start may take before that is remarkable: the model's own p99. It harms
/// nothing to be slower, but somebody may be waiting and wonder.
public struct ExpectedPhases: Sendable, Hashable {
    /// For LOADING; nil while too few runs are known.
    public var load: Duration?
    /// For WARMING_UP; nil while too few runs are known.
    public var warmup: Duration?

    /// What a journal knows of a model's past; nothing for a journal that keeps none.
    public init(load: Duration? = nil, warmup: Duration? = nil) {
        self.load = load
        self.warmup = warmup
    }
}
