import GRDB
import TestSupport
import Testing

@testable import LifecycleJournal

/// The list of a transition's columns is the schema's.
@Suite(.turn(of: "LifecycleJournalTests")) struct TransitionColumnTests {
    private func described(_ columns: [TransitionColumn]) -> [String] {
        columns.map { column in
            switch column.value {
            // The key cannot be NULL although it does not say so.
            case .integer: "\(column.name) INTEGER \(column.name == "seq" ? "" : "NOT NULL")"
            case .text: "\(column.name) TEXT NOT NULL"
            case .optionalInteger: "\(column.name) INTEGER "
            case .optionalText: "\(column.name) TEXT "
            }
        }
    }

    @Test func theTableHasThem() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let table = try engine.writer.read { db in
            try Row.fetchAll(db, sql: "PRAGMA table_info(transition)").map { row in
                "\(row["name"] as String) \(row["type"] as String) \(row["notnull"] ? "NOT NULL" : "")"
            }
        }
        let named = [
            "run INTEGER NOT NULL", "model_id INTEGER NOT NULL", "engine_id INTEGER NOT NULL",
            "warmups INTEGER NOT NULL", "hash BLOB NOT NULL",
        ]
        #expect(Set(table) == Set(described(TransitionColumn.all) + named))
        let view = try engine.writer.read { db in try db.columns(in: "transition_rows").map(\.name) }
        #expect(Set(TransitionColumn.listed.map(\.name)).isSubset(of: view))
    }

    @Test func eachIsThereOnceAndHasAPlaceOfItsOwn() {
        let all = TransitionColumn.all
        #expect(
            Set(all.map(\.name)).count == all.count && Set(all.map { [$0.member, $0.innerMember] }).count == all.count)
        // What is written to one is read from that one alone.
        for (place, column) in all.enumerated() {
            var row = ChainRow(ordinal: 0, at: 0, from: "", to: "", trigger: "")
            let before = all.map { $0.described(row) }
            switch column.value {
            case .integer(_, let set): set(&row, 7)
            case .optionalInteger(_, let set): set(&row, 7)
            case .text(_, let set): set(&row, "seven")
            case .optionalText(_, let set): set(&row, "seven")
            }
            #expect(all.indices.filter { all[$0].described(row) != before[$0] } == [place], "\(column.name)")
        }
        // Neighbours, as they are written one after the other.
        #expect(
            all.filter { $0.innerMember != nil }.map(\.name) == ["model_bytes", "model_modified_us", "model_digest"])
    }
}

extension TransitionColumn {
    fileprivate func described(_ row: ChainRow) -> String {
        switch value {
        case .integer(let get, _): "\(get(row))"
        case .optionalInteger(let get, _): "\(String(describing: get(row)))"
        case .text(let get, _): get(row)
        case .optionalText(let get, _): "\(String(describing: get(row)))"
        }
    }
}
