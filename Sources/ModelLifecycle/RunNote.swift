/// What became known of a run between two of its transitions. The journal keeps it beside them, so that it is
/// there after the engine has been killed, and for runs that end well.
public struct RunNote: Sendable, Hashable {
    /// What a note is about, as a closed set that scripts can rely on.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        /// The model's process, its version and its files, once they are known.
        case process
        /// What the model's process has written since the last note of this kind, with what else is known then.
        case output
        /// A process of the model ended or was replaced while the model was READY.
        case worker
        /// A liveness probe failed, and a later one succeeded.
        case liveness
        /// How the model's process was ended after it was told to stop.
        case stop
        /// What the model's process says of itself while it starts.
        case status
    }

    /// What the note is about.
    public var kind: Kind
    /// One line for people; nil where the other values say it all.
    public var message: String?
    /// Whole lines of the model's output that no earlier note of the run has.
    public var output: String?
    /// What is known at this moment.
    public var evidence: FailureEvidence?
    /// The model's own process.
    public var processID: Int32?
    /// The version of what runs the model.
    public var version: String?
    /// What is being loaded.
    public var identity: ModelIdentity?

    /// What is not named here is set afterwards.
    /// - Parameters:
    ///   - kind: what the note is about.
    ///   - message: one line for people; redacted and bounded before it is stored.
    ///   - output: whole lines of the model's output; redacted and bounded before they are stored.
    ///   - evidence: what is known at this moment.
    public init(_ kind: Kind, message: String? = nil, output: String? = nil, evidence: FailureEvidence? = nil) {
        self.kind = kind
        self.message = message
        self.output = output
        self.evidence = evidence
    }
}
