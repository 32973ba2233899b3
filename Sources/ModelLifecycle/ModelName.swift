/// What a model may be called in a journal.
package enum ModelName {
    /// Counted in Unicode scalars, as SQLite counts, which checks it again.
    package static let lengths = 1...200

    package static func isValid(_ name: String) -> Bool {
        // SQLite takes NUL for the end of a text.
        lengths.contains(name.unicodeScalars.count) && !name.unicodeScalars.contains("\0")
    }
}
