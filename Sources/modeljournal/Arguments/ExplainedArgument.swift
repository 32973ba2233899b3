import ArgumentParser

/// An argument with a form of its own: one that does not have it is answered with what would.
protocol ExplainedArgument: Sendable {
    /// What is accepted, to stand after "the value … is invalid for …: ".
    static var accepted: String { get }

    init?(argument: String)
}

extension ExplainedArgument {
    /// For `@Option(transform:)`: a plain `ExpressibleByArgument` could not say what it accepts.
    @Sendable static func parsed(_ argument: String) throws -> Self {
        guard let value = Self(argument: argument) else { throw ValidationError(accepted) }
        return value
    }
}
