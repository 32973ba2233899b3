/// A column of the table `transition`. The list of them is what reading, writing, hashing, export, import and shipping
/// follow: a new column is an entry here with a property of `ChainRow`, a migration, and what uses it.
package final class TransitionColumn: Sendable {
    /// Where a row that is read or written has the value. The type in SQLite and in ClickHouse follows from it.
    ///
    /// Functions, as a key path takes longer than all else that happens to a value.
    package enum Value: Sendable {
        package typealias Get<Type> = @Sendable (ChainRow) -> Type
        package typealias Set<Type> = @Sendable (inout ChainRow, Type) -> Void

        case integer(Get<Int64>, Set<Int64>)
        case optionalInteger(Get<Int64?>, Set<Int64?>)
        case text(Get<String>, Set<String>)
        case optionalText(Get<String?>, Set<String?>)
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
    /// The member of an exported line that has the value, and the member within that one, if it is an object.
    package let member: String
    package let innerMember: String?
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
        let names = (json ?? name).split(separator: ".").map(String.init)
        member = names[0]
        innerMember = names.count > 1 ? names[1] : nil
        self.form = form
        self.reach = reach
        self.version = version
    }

    /// In the order in which a row's hash has them, so that a new one is the last.
    package static let all: [TransitionColumn] = [
        TransitionColumn("seq", .integer({ $0.seq }, { $0.seq = $1 }), .plain, .history),
        TransitionColumn("ordinal", .integer({ $0.ordinal }, { $0.ordinal = $1 }), .plain, .list),
        TransitionColumn("epoch", .integer({ $0.epoch }, { $0.epoch = $1 }), .plain, .journal),
        TransitionColumn("at_us", .integer({ $0.at }, { $0.at = $1 }), json: "at", .time, .history),
        TransitionColumn("from_state", .text({ $0.from }, { $0.from = $1 }), .plain, .history),
        TransitionColumn("to_state", .text({ $0.to }, { $0.to = $1 }), .plain, .history),
        TransitionColumn("trigger", .text({ $0.trigger }, { $0.trigger = $1 }), .plain, .history),
        TransitionColumn("reason", .optionalText({ $0.reason }, { $0.reason = $1 }), .plain, .history),
        TransitionColumn("message", .optionalText({ $0.message }, { $0.message = $1 }), .plain, .history),
        TransitionColumn(
            "elapsed_us", .optionalInteger({ $0.elapsed }, { $0.elapsed = $1 }), json: "elapsed_ms", .milliseconds,
            .history),
        TransitionColumn("exit_code", .optionalInteger({ $0.exitCode }, { $0.exitCode = $1 }), .plain, .history),
        TransitionColumn("signal", .optionalInteger({ $0.signal }, { $0.signal = $1 }), .plain, .history),
        TransitionColumn("version", .optionalText({ $0.version }, { $0.version = $1 })),
        TransitionColumn("output_tail", .optionalText({ $0.outputTail }, { $0.outputTail = $1 })),
        TransitionColumn("evidence", .optionalText({ $0.evidence }, { $0.evidence = $1 }), .json),
        TransitionColumn(
            "queue_us", .optionalInteger({ $0.queue }, { $0.queue = $1 }), json: "queue_ms", .milliseconds),
        TransitionColumn(
            "digest_us", .optionalInteger({ $0.digest }, { $0.digest = $1 }), json: "digest_ms", .milliseconds),
        TransitionColumn(
            "spawn_us", .optionalInteger({ $0.spawn }, { $0.spawn = $1 }), json: "spawn_ms", .milliseconds),
        TransitionColumn("server_pid", .optionalInteger({ $0.serverPID }, { $0.serverPID = $1 })),
        TransitionColumn(
            "model_bytes", .optionalInteger({ $0.modelBytes }, { $0.modelBytes = $1 }), json: "model_identity.bytes"),
        TransitionColumn(
            "model_modified_us", .optionalInteger({ $0.modelModified }, { $0.modelModified = $1 }),
            json: "model_identity.modified_at", .time),
        TransitionColumn(
            "model_digest", .optionalText({ $0.modelDigest }, { $0.modelDigest = $1 }), json: "model_identity.digest"),
        TransitionColumn("retry_at_us", .optionalInteger({ $0.retryAt }, { $0.retryAt = $1 }), json: "retry_at", .time),
        TransitionColumn("after_gap", .integer({ $0.afterGap }, { $0.afterGap = $1 }), .flag, .list),
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
        case .integer(let get, _): statement.bind(index, get(row))
        case .optionalInteger(let get, _): statement.bind(index, get(row))
        case .text(let get, _): statement.bind(index, get(row))
        case .optionalText(let get, _): statement.bind(index, get(row))
        }
    }

    func add(_ row: ChainRow, to hash: inout ChainHash) {
        switch value {
        case .integer(let get, _): hash.add(get(row))
        case .optionalInteger(let get, _): hash.add(get(row))
        case .text(let get, _): hash.add(get(row))
        case .optionalText(let get, _): hash.add(get(row))
        }
    }

    func isNull(_ row: ChainRow) -> Bool {
        switch value {
        case .integer, .text: false
        case .optionalInteger(let get, _): get(row) == nil
        case .optionalText(let get, _): get(row) == nil
        }
    }

    func read(_ stored: CheckedRow, into row: inout ChainRow) throws {
        switch value {
        case .integer(_, let set): set(&row, try stored[name])
        case .optionalInteger(_, let set): set(&row, try stored[name])
        case .text(_, let set): set(&row, try stored[name])
        case .optionalText(_, let set): set(&row, try stored[name])
        }
    }
}
