/// What `verify` has found.
package struct Verification: Sendable {
    /// What is wrong in one place.
    package struct Finding: Sendable, Hashable {
        package enum Kind: String, Sendable {
            /// SQLite's own structures.
            case structure
            /// Tables, triggers and views are not those of this version.
            case schema
            /// A row, or something that it names, is not what it was when it was written, or rows are missing.
            case chain
            /// The rows of a model are no legal path.
            case path
            /// A table that follows from the history does not.
            case derived
        }

        package var kind: Kind
        /// The transition where it shows; nil for what belongs to none.
        package var seq: Int64?
        package var detail: String
    }

    /// No more findings than this are kept.
    package static let limit = 100

    package private(set) var findings: [Finding] = []
    /// How many there are; more than are kept, perhaps.
    package private(set) var count = 0
    /// Transitions that were read, and their runs.
    package var transitions: Int64 = 0
    package var runs: Int64 = 0
    /// The end of the chain, to be kept elsewhere by whoever wants to compare it later.
    package var head: String?

    package var isWhole: Bool { count == 0 }

    /// The first transition that is not what it was; nil where all of them are.
    package private(set) var firstBadSeq: Int64?

    /// The last one before it.
    package var lastGoodSeq: Int64?

    package init() {}

    /// Of a journal that cannot even be opened.
    package init(unreadable error: JournalError) { add(.structure, error.message) }

    /// What else was found.
    package mutating func add(_ other: Verification) {
        count += other.count
        findings = Array((findings + other.findings).prefix(Self.limit))
        firstBadSeq = [firstBadSeq, other.firstBadSeq].compactMap { $0 }.min()
        transitions += other.transitions
        runs += other.runs
        head = head ?? other.head
    }

    package mutating func add(_ kind: Finding.Kind, _ detail: String, seq: Int64? = nil) {
        count += 1
        if let seq { firstBadSeq = min(firstBadSeq ?? seq, seq) }
        if findings.count < Self.limit { findings.append(Finding(kind: kind, seq: seq, detail: detail)) }
    }
}
