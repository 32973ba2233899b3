import ModelLifecycle
import NIOCore

/// ClickHouse's RowBinary: values one after the other, without names and without separators.
struct RowBinaryWriter {
    private(set) var buffer = ByteBuffer()

    mutating func add(_ text: String) {
        add(count: text.utf8.count)
        buffer.writeString(text)
    }

    mutating func add(_ number: Int64) { buffer.writeInteger(number, endianness: .little) }
    mutating func add(_ number: Int) { add(Int64(number)) }
    mutating func add(unsigned number: Int64) { buffer.writeInteger(UInt64(clamping: number), endianness: .little) }
    mutating func add(unsigned32 number: Int) { buffer.writeInteger(UInt32(clamping: number), endianness: .little) }
    mutating func add(_ flag: Bool) { buffer.writeInteger(flag ? UInt8(1) : 0) }

    mutating func add(_ text: String?) {
        buffer.writeInteger(text == nil ? UInt8(1) : 0)
        if let text { add(text) }
    }

    mutating func add(_ number: Int64?) {
        buffer.writeInteger(number == nil ? UInt8(1) : 0)
        if let number { add(number) }
    }

    mutating func add(_ number: Int?) { add(number.map(Int64.init)) }

    mutating func add(_ numbers: [Int64]) {
        add(count: numbers.count)
        for number in numbers { add(number) }
    }

    mutating func add(_ texts: [String]) {
        add(count: texts.count)
        for text in texts { add(text) }
    }

    private mutating func add(count: Int) {
        LEB128.encode(UInt64(count)) { buffer.writeInteger($0) }
    }
}

/// Reads what `RowBinaryWriter` writes, and what a server answers.
struct RowBinaryReader {
    private var buffer: ByteBuffer

    init(_ buffer: ByteBuffer) { self.buffer = buffer }

    /// What is still to be read.
    var rest: ByteBuffer { buffer }

    var isAtEnd: Bool { buffer.readableBytes == 0 }

    /// Whether a value would have needed more bytes than there are, and those may be still to come.
    private(set) var isCutOff = false

    private static let broken = FleetError(.damaged, "the store's answer breaks off, or is none")

    private mutating func cutOff() -> FleetError {
        isCutOff = true
        return Self.broken
    }

    mutating func text() throws -> String {
        guard let text = buffer.readString(length: try count()) else { throw cutOff() }
        return text
    }

    mutating func number() throws -> Int64 {
        guard let number = buffer.readInteger(endianness: .little, as: Int64.self) else { throw cutOff() }
        return number
    }

    mutating func int() throws -> Int { Int(try number()) }

    mutating func flag() throws -> Bool {
        guard let byte = buffer.readInteger(as: UInt8.self) else { throw cutOff() }
        return byte != 0
    }

    mutating func optionalText() throws -> String? { try flag() ? nil : text() }
    mutating func optionalNumber() throws -> Int64? { try flag() ? nil : number() }
    mutating func optionalInt() throws -> Int? { try optionalNumber().map(Int.init) }

    mutating func numbers() throws -> [Int64] { try array { try $0.number() } }
    mutating func texts() throws -> [String] { try array { try $0.text() } }

    mutating func array<Element>(
        _ element: (inout RowBinaryReader) throws -> Element
    ) throws -> [Element] {
        try (0..<count()).map { _ in try element(&self) }
    }

    private mutating func count() throws -> Int {
        let value = try LEB128.decode(try byte()) { try byte() }
        guard let value else { throw Self.broken }
        // An answer holds at least a byte for each: a wrong number must not ask for all memory.
        guard value <= UInt64(buffer.readableBytes) else { throw cutOff() }
        return Int(value)
    }

    private mutating func byte() throws -> UInt8 {
        guard let byte = buffer.readInteger(as: UInt8.self) else { throw cutOff() }
        return byte
    }
}
