/// A column of the table `transition`. The list of them is what reading, writing, hashing, export, import and shipping
/// follow: a new column is an entry here with a property of `ChainRow`, a migration, and what uses it.
package struct TransitionColumn: Sendable {
    /// Where a row that is read or written has the value. The type in SQLite and in ClickHouse follows from it.
    package enum Value: Sendable {
        case integer(any WritableKeyPath<ChainRow, Int64> & Sendable)
        case optionalInteger(any WritableKeyPath<ChainRow, Int64?> & Sendable)
        case text(any WritableKeyPath<ChainRow, String> & Sendable)
        case optionalText(any WritableKeyPath<ChainRow, String?> & Sendable)
    }

    /// How a value is written in JSON.
    package enum Form: Sendable {
        /// A number or a text as it is.
        case plain
        /// Microseconds as milliseconds.
        case milliseconds
        /// Microseconds since 1970 as RFC 3339.
        case time
        /// 0 or 1 as a Boolean.
        case flag
        /// A text that is JSON itself.
        case json
    }

    /// Who reads a column. Each includes those before it.
    package enum Reach: Int, Sendable, Comparable {
        /// The chain of hashes alone.
        case journal
        /// Exports, imports and stores of many journals, too.
        case export
        /// Lists, too: the view `transition_rows` has the column.
        case list
        /// And people: `history` shows it.
        case history

        package static func < (one: Reach, other: Reach) -> Bool { one.rawValue < other.rawValue }
    }

    package let name: String
    package let value: Value
    /// The names that lead to the value in the JSON of an exported line.
    package let json: [String]
    package let form: Form
    package let reach: Reach
    /// The version of the schema that brought it. A row's hash has those of the first version as they are; a later one is
    /// part of it, with its name, only if it is not NULL, so that rows from before it keep their hashes.
    let version: Int

    private init(
        _ name: String, _ value: Value, json: String? = nil, _ form: Form = .plain, _ reach: Reach = .export,
        since version: Int = 1
    ) {
        self.name = name
        self.value = value
        self.json = (json ?? name).split(separator: ".").map(String.init)
        self.form = form
        self.reach = reach
        self.version = version
    }

    /// In the order in which a row's hash has them, so that a new one is the last.
    package static let all: [TransitionColumn] = [
        TransitionColumn("seq", .integer(\.seq), .plain, .history),
        TransitionColumn("ordinal", .integer(\.ordinal), .plain, .list),
        TransitionColumn("epoch", .integer(\.epoch), .plain, .journal),
        TransitionColumn("at_us", .integer(\.at), json: "at", .time, .history),
        TransitionColumn("from_state", .text(\.from), .plain, .history),
        TransitionColumn("to_state", .text(\.to), .plain, .history),
        TransitionColumn("trigger", .text(\.trigger), .plain, .history),
        TransitionColumn("reason", .optionalText(\.reason), .plain, .history),
        TransitionColumn("message", .optionalText(\.message), .plain, .history),
        TransitionColumn("elapsed_us", .optionalInteger(\.elapsed), json: "elapsed_ms", .milliseconds, .history),
        TransitionColumn("exit_code", .optionalInteger(\.exitCode), .plain, .history),
        TransitionColumn("signal", .optionalInteger(\.signal), .plain, .history),
        TransitionColumn("version", .optionalText(\.version)),
        TransitionColumn("output_tail", .optionalText(\.outputTail)),
        TransitionColumn("evidence", .optionalText(\.evidence), .json),
        TransitionColumn("queue_us", .optionalInteger(\.queue), json: "queue_ms", .milliseconds),
        TransitionColumn("digest_us", .optionalInteger(\.digest), json: "digest_ms", .milliseconds),
        TransitionColumn("spawn_us", .optionalInteger(\.spawn), json: "spawn_ms", .milliseconds),
        TransitionColumn("server_pid", .optionalInteger(\.serverPID)),
        TransitionColumn("model_bytes", .optionalInteger(\.modelBytes), json: "model_identity.bytes"),
        TransitionColumn(
            "model_modified_us", .optionalInteger(\.modelModified), json: "model_identity.modified_at", .time),
        TransitionColumn("model_digest", .optionalText(\.modelDigest), json: "model_identity.digest"),
        TransitionColumn("retry_at_us", .optionalInteger(\.retryAt), json: "retry_at", .time),
        TransitionColumn("after_gap", .integer(\.afterGap), .flag, .list),
    ]

    /// How many of them are as old as the journal itself.
    static let countOfFirst = all.prefix { $0.version == 1 }.count

    /// Those that at least this many read.
    package static func reaching(_ reach: Reach) -> [TransitionColumn] { all.filter { $0.reach >= reach } }

    package static let exported = reaching(.export)
    package static let listed = reaching(.list)

    /// As SQL lists them.
    package static func names(_ columns: [TransitionColumn] = all) -> String {
        columns.map(\.name).joined(separator: ", ")
    }
}

extension TransitionColumn {
    func bind(_ row: ChainRow, to statement: RawStatement, _ index: Int) {
        switch value {
        case .integer(let path): statement.bind(index, row[keyPath: path])
        case .optionalInteger(let path): statement.bind(index, row[keyPath: path])
        case .text(let path): statement.bind(index, row[keyPath: path])
        case .optionalText(let path): statement.bind(index, row[keyPath: path])
        }
    }

    func add(_ row: ChainRow, to hash: inout ChainHash) {
        switch value {
        case .integer(let path): hash.add(row[keyPath: path])
        case .optionalInteger(let path): hash.add(row[keyPath: path])
        case .text(let path): hash.add(row[keyPath: path])
        case .optionalText(let path): hash.add(row[keyPath: path])
        }
    }

    func isNull(_ row: ChainRow) -> Bool {
        switch value {
        case .integer, .text: false
        case .optionalInteger(let path): row[keyPath: path] == nil
        case .optionalText(let path): row[keyPath: path] == nil
        }
    }

    func read(_ stored: CheckedRow, into row: inout ChainRow) throws {
        switch value {
        case .integer(let path): row[keyPath: path] = try stored[name]
        case .optionalInteger(let path): row[keyPath: path] = try stored[name]
        case .text(let path): row[keyPath: path] = try stored[name]
        case .optionalText(let path): row[keyPath: path] = try stored[name]
        }
    }
}
