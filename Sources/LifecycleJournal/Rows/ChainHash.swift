package import Crypto
package import Foundation

/// SHA-256 over a row's values, each with its type and length, so that no two different rows read the same.
package struct ChainHash {
    private var bytes: [UInt8] = []

    /// - Parameter purpose: what is hashed; rows of different kinds never have the same hash.
    init(_ purpose: String) {
        bytes.reserveCapacity(1024)
        add(purpose)
    }

    private enum Kind: UInt8 {
        case null
        case integer
        case text
        case data
    }

    package mutating func add(_ value: Int64?) {
        guard let value else { return bytes.append(Kind.null.rawValue) }
        bytes.append(Kind.integer.rawValue)
        append(UInt64(bitPattern: value))
    }

    /// Text, or other bytes, as they lie in memory.
    package mutating func add(text value: UnsafeRawBufferPointer) {
        bytes.append(Kind.text.rawValue)
        append(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func add(data value: UnsafeRawBufferPointer) {
        bytes.append(Kind.data.rawValue)
        append(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func addNull() { bytes.append(Kind.null.rawValue) }

    package mutating func add(_ value: String?) {
        guard let value else { return bytes.append(Kind.null.rawValue) }
        bytes.append(Kind.text.rawValue)
        append(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    package mutating func add(_ value: Data) { value.withUnsafeBytes { add(data: $0) } }

    private mutating func append(_ word: UInt64) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package func finished() -> Data { digest.withUnsafeBytes { Data($0) } }

    package var digest: SHA256Digest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize()
    }

    /// Begins anew, with what `init` took.
    mutating func restart(_ purpose: String) {
        bytes.removeAll(keepingCapacity: true)
        add(purpose)
    }
}
