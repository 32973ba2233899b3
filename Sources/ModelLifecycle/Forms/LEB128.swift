/// Small numbers in few bytes: seven bits a byte, the lowest first, as ClickHouse, protobuf and the journal's sums
/// have them.
package enum LEB128 {
    @inlinable
    package static func encode(_ value: UInt64, _ add: (UInt8) -> Void) {
        var rest = value
        while rest >= 0x80 {
            add(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        add(UInt8(truncatingIfNeeded: rest))
    }

    /// - Parameters:
    ///   - first: the number's first byte.
    ///   - next: gives those after it.
    /// - Returns: nil if it takes more than ten bytes, which no number of 64 bits does.
    @inlinable
    package static func decode<Stop: Error>(
        _ first: UInt8, _ next: () throws(Stop) -> UInt8
    ) throws(Stop) -> UInt64? {
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        var byte = first
        while byte >= 0x80 {
            guard shift < 64 else { return nil }
            byte = try next()
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
        }
        return value
    }
}
