/// What this program is, for itself and for others.
enum Program {
    static let version = "0.1.0"

    /// With it as its first argument this program is what ties a model server to its engine.
    static let lifelineArgument = "__lifeline"
}
