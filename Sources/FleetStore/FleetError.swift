/// What went wrong with a store, in one line.
package struct FleetError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// What was asked for makes no sense.
        case usage
        /// The store cannot be reached, or has failed for now: trying again may help.
        case unavailable
        /// The store says no: user, password, right.
        case denied
        /// There are no tables of ours.
        case noSchema
        /// Another journal has the ID of this one.
        case diverged
        /// The store refuses what was sent, and would do so again.
        case refused
        /// An answer that is none.
        case damaged
    }

    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}

extension FleetError {
    /// Whether trying again may help.
    /// - Parameter isLasting: whether the store has answered before, and somebody wants to go on whatever happens to it.
    func isPassing(for isLasting: Bool) -> Bool {
        switch kind {
        case .unavailable: true
        case .noSchema, .refused, .damaged: isLasting
        case .usage, .denied, .diverged: false
        }
    }
}
