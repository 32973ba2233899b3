/// A state, an outcome, a trigger or a reason as a row has it: one that this program knows, or one that a later version
/// has written.
///
/// Rows are read by the million in other modules, so all of it can be specialised there.
@frozen @usableFromInline
package enum Recorded<Known: RawRepresentable & Sendable & Hashable>: Sendable, Hashable
where Known.RawValue == String {
    case known(Known)
    case later(String)

    @inlinable
    package init(_ text: String) { self = Known(rawValue: text).map(Self.known) ?? .later(text) }

    @inlinable
    package init(_ value: Known) { self = .known(value) }

    /// As it is stored.
    @inlinable
    package var text: String {
        switch self {
        case .known(let value): value.rawValue
        case .later(let text): text
        }
    }

    @inlinable
    package var known: Known? {
        if case .known(let value) = self { value } else { nil }
    }

    @inlinable
    package static func == (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.known(let one), .known(let other)): one == other
        case (.later(let one), .later(let other)): one == other
        case (.known, .later), (.later, .known): false
        }
    }

    @inlinable
    package static func == (row: Self, value: Known) -> Bool { row.known == value }
    @inlinable
    package static func != (row: Self, value: Known) -> Bool { row.known != value }
}

extension Recorded: CustomStringConvertible {
    @inlinable
    package var description: String { text }
}

extension Optional {
    @inlinable
    package static func == <Known>(row: Self, value: Known) -> Bool where Wrapped == Recorded<Known> {
        row?.known == value
    }

    @inlinable
    package static func != <Known>(row: Self, value: Known) -> Bool where Wrapped == Recorded<Known> {
        row?.known != value
    }
}
