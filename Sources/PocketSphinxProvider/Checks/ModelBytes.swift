#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Why a model file must not reach the library, which would crash on it, or not notice.
package struct DamagedModel: Error, Hashable, CustomStringConvertible {
    package let description: String
    init(_ path: String, _ what: String) { description = "\(path) is damaged: \(what)" }
    init(unreadable path: String, _ what: String) { description = "\(path) cannot be read: \(what)" }
}

/// A model file's bytes, read from the front; every read is bounded.
struct ModelBytes {
    let path: String
    let bytes: [UInt8]
    private(set) var position = 0
    /// Numbers stand in the file with the most significant byte first.
    var bigEndian = false

    init(path: String) throws(DamagedModel) {
        guard let file = fopen(path, "rb") else {
            throw DamagedModel(unreadable: path, String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var status = stat()
        guard fstat(fileno(file), &status) == 0 else {
            throw DamagedModel(unreadable: path, String(cString: strerror(errno)))
        }
        let size = Int(status.st_size)
        bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = size == 0 ? 0 : fread(buffer.baseAddress, 1, size, file)
        }
        guard bytes.count == size else {
            // Without an error the file has ended: it is not as long any more.
            let cause = ferror(file) == 0 ? "it is being written" : String(cString: strerror(errno))
            throw DamagedModel(unreadable: path, cause)
        }
        self.path = path
    }

    var remaining: Int { bytes.count - position }

    mutating func rewind() { position = 0 }

    func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            bytes.count >= text.count && bytes.prefix(text.count).elementsEqual(text)
        }
    }

    /// The error of a file that ends too early.
    func truncated(in part: String) -> DamagedModel {
        DamagedModel(path, "it ends in the middle of \(part), after \(bytes.count) bytes")
    }

    func damaged(_ what: String) -> DamagedModel { DamagedModel(path, what) }

    mutating func skip(_ count: Int, _ part: String) throws(DamagedModel) {
        guard count >= 0, count <= remaining else { throw truncated(in: part) }
        position += count
    }

    /// The next line without its newline.
    mutating func line(_ part: String) throws(DamagedModel) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { throw truncated(in: part) }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    /// The next text, which a zero byte ends.
    mutating func zeroTerminated(_ part: String) throws(DamagedModel) -> ArraySlice<UInt8> {
        guard let end = bytes[position...].firstIndex(of: 0) else { throw truncated(in: part) }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    mutating func int32(_ part: String) throws(DamagedModel) -> Int {
        let start = position
        try skip(4, part)
        return Int(int32(at: start))
    }

    /// The number at an offset that is known to lie inside the file.
    func int32(at offset: Int) -> Int32 {
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
        return Int32(bitPattern: bigEndian ? UInt32(bigEndian: value) : UInt32(littleEndian: value))
    }

    func int16(at offset: Int) -> Int16 {
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self) }
        return Int16(bitPattern: bigEndian ? UInt16(bigEndian: value) : UInt16(littleEndian: value))
    }
}

/// The product of sizes that a file claims; nil if one is not positive or the product is absurd.
func product(_ factors: Int...) -> Int? {
    factors.reduce(Int?.some(1)) { product, factor in
        guard let product, factor > 0 else { return nil }
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow || result > Int(Int32.max) ? nil : result
    }
}
