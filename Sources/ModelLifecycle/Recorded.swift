/// A state, an outcome, a trigger or a reason as a row has it: one that this program knows, or one that a later version
/// has written.
package enum Recorded<Known: RawRepresentable & Sendable & Hashable>: Sendable, Hashable
where Known.RawValue == String {
    case known(Known)
    case later(String)

    package init(_ text: String) { self = Known(rawValue: text).map(Self.known) ?? .later(text) }

    package init(_ value: Known) { self = .known(value) }

    /// As it is stored.
    package var text: String {
        switch self {
        case .known(let value): value.rawValue
        case .later(let text): text
        }
    }

    package var known: Known? {
        if case .known(let value) = self { value } else { nil }
    }

    package static func == (row: Self, value: Known) -> Bool { row.known == value }
    package static func != (row: Self, value: Known) -> Bool { row.known != value }
}

extension Recorded: CustomStringConvertible {
    package var description: String { text }
}

extension Optional {
    package static func == <Known>(row: Self, value: Known) -> Bool where Wrapped == Recorded<Known> {
        row?.known == value
    }

    package static func != <Known>(row: Self, value: Known) -> Bool where Wrapped == Recorded<Known> {
        row?.known != value
    }
}
