import Foundation
import GRDB
import JournalReports
import LifecycleJournal

/// A record in SQLite's file format: a header of types, then the values. Read with every length doubted.
enum SQLiteRecord {
    /// - Returns: the values; nil where the bytes are no record.
    static func values(_ payload: [UInt8]) -> [DatabaseValue]? {
        var header = Bytes(payload, at: 0)
        guard let headerSize = header.varint(), headerSize >= 1, headerSize <= payload.count else { return nil }
        var types: [Int64] = []
        while header.place < headerSize {
            guard let type = header.varint(), type >= 0, type != 10, type != 11 else { return nil }
            types.append(type)
        }
        guard header.place == Int(headerSize) else { return nil }
        var body = header
        var values: [DatabaseValue] = []
        for type in types {
            guard let value = value(&body, type) else { return nil }
            values.append(value)
        }
        return body.place == payload.count ? values : nil
    }

    private static func value(_ bytes: inout Bytes, _ type: Int64) -> DatabaseValue? {
        switch type {
        case 0: return .null
        case 1...6: return bytes.integer([1, 2, 3, 4, 6, 8][Int(type) - 1])?.databaseValue
        case 7: return bytes.integer(8).map { Double(bitPattern: UInt64(bitPattern: $0)).databaseValue }
        case 8: return (0 as Int64).databaseValue
        case 9: return (1 as Int64).databaseValue
        default:
            guard let content = bytes.take(Int((type - 12) / 2)) else { return nil }
            return type.isMultiple(of: 2)
                ? Data(content).databaseValue : String(decoding: content, as: UTF8.self).databaseValue
        }
    }
}

/// Bytes that are read one after the other, and never past their end.
struct Bytes {
    private let bytes: [UInt8]
    private(set) var place: Int

    init(_ bytes: [UInt8], at place: Int) {
        self.bytes = bytes
        self.place = place
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard place >= 0, count >= 0, count <= bytes.count - place else { return nil }
        defer { place += count }
        return bytes[place..<place + count]
    }

    /// Big-endian, in two's complement.
    mutating func integer(_ size: Int) -> Int64? {
        guard let content = take(size), let first = content.first else { return nil }
        return content.reduce(Int64(Int8(bitPattern: first) < 0 ? -1 : 0)) { $0 << 8 | Int64($1) }
    }

    /// Big-endian, without a sign.
    mutating func word(_ size: Int) -> Int? { take(size)?.reduce(0) { $0 << 8 | Int($1) } }

    /// SQLite's variable-length integer, of 1 to 9 bytes.
    mutating func varint() -> Int64? {
        var value: UInt64 = 0
        for number in 1...9 {
            guard let byte = take(1)?.first else { return nil }
            if number == 9 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 { return Int64(bitPattern: value) }
        }
        return nil
    }
}
