import Foundation
import LifecycleJournal
import ModelLifecycle

extension ChainRow {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// - Parameter decoder: of a line of an export.
    init(from decoder: any Decoder) throws {
        self.init(ordinal: 0, at: 0, from: "", to: "", trigger: "")
        let line = try decoder.container(keyedBy: Key.self)
        for column in TransitionColumn.exported { try read(column, from: line) }
    }

    private mutating func read(_ column: TransitionColumn, from line: KeyedDecodingContainer<Key>) throws {
        var (object, key) = (line, Key(column.member))
        if let inner = column.innerMember {
            guard try line.contains(key) && !line.decodeNil(forKey: key) else { return }
            object = try line.nestedContainer(keyedBy: Key.self, forKey: key)
            key = Key(inner)
        }
        let isThere = try object.contains(key) && !object.decodeNil(forKey: key)
        switch column.value {
        case .integer(_, let set):
            // Lines of an older program have no number if the row was never stored, and no `after_gap`.
            guard isThere || !["seq", "after_gap"].contains(column.name) else { return }
            set(&self, try Self.number(object, key, column.form))
        case .optionalInteger(_, let set):
            set(&self, isThere ? try Self.number(object, key, column.form) : nil)
        case .text(_, let set): set(&self, try object.decode(String.self, forKey: key))
        case .optionalText(_, let set):
            guard isThere else { return set(&self, nil) }
            set(
                &self,
                column.form == .json
                    ? try object.decode(EvidenceJSON.self, forKey: key).text()
                    : try object.decode(String.self, forKey: key))
        }
    }

    private static func number(
        _ object: KeyedDecodingContainer<Key>, _ key: Key, _ form: TransitionColumn.Form
    ) throws -> Int64 {
        switch form {
        case .milliseconds: try JSONNumber.microseconds(object.decode(Double.self, forKey: key))
        case .time: try JSONNumber.time(object.decode(String.self, forKey: key))
        case .flag: try object.decode(Bool.self, forKey: key) ? 1 : 0
        case .plain, .json: try object.decode(Int64.self, forKey: key)
        }
    }

    /// All that its columns hold.
    var numbers: [Int64] {
        TransitionColumn.all.compactMap { column in
            switch column.value {
            case .integer(let get, _): get(self)
            case .optionalInteger(let get, _): get(self)
            case .text, .optionalText: nil
            }
        }
    }
}

/// Numbers that JSON has in other forms.
enum JSONNumber {
    /// Since 1970.
    static func time(_ text: String) throws -> Int64 {
        guard let time = WallTime(rfc3339: text) else {
            throw ForeignRefusal("no time in RFC 3339 and UTC: '\(text)'")
        }
        return time.microseconds
    }

    static func microseconds(_ milliseconds: Double) throws -> Int64 {
        guard milliseconds >= 0, let value = Int64(exactly: (milliseconds * 1000).rounded()) else {
            throw ForeignRefusal("no duration in milliseconds: \(milliseconds)")
        }
        return value
    }
}
