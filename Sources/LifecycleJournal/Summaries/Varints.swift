import GRDB
import ModelLifecycle

/// Numbers and texts in few bytes.
struct VarintWriter {
    package private(set) var bytes: [UInt8] = []

    package mutating func add(_ value: Int64) {
        LEB128.encode(UInt64(bitPattern: value)) { bytes.append($0) }
    }

    package mutating func add(_ value: Int) { add(Int64(value)) }

    package mutating func add(_ text: String) {
        add(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func append(_ other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }
}

/// Reads them from a file that may be damaged: what does not fit is an error.
struct VarintReader {
    private let bytes: UnsafeRawBufferPointer
    package private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    package var isAtEnd: Bool { offset >= bytes.count }

    @inline(__always)
    package mutating func next() throws -> Int64 {
        // Nearly all of them are one byte.
        guard offset < bytes.count else { throw Self.damage }
        let first = bytes[offset]
        offset += 1
        if first < 0x80 { return Int64(first) }
        return try rest(of: first)
    }

    private mutating func rest(of first: UInt8) throws -> Int64 {
        let value = try LEB128.decode(first) {
            guard offset < bytes.count else { throw Self.damage }
            defer { offset += 1 }
            return bytes[offset]
        }
        guard let value else { throw Self.damage }
        return Int64(bitPattern: value)
    }

    /// A number of things, none of which takes less than a byte.
    @inline(__always)
    package mutating func count() throws -> Int {
        let value = try next()
        guard value >= 0, value <= bytes.count - offset else { throw Self.damage }
        return Int(value)
    }

    package mutating func text() throws -> String {
        let length = try count()
        defer { offset += length }
        return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
    }

    static var damage: DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a sum holds no such value")
    }
}
