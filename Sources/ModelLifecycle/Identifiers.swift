/// Names one run: a UUID of version 7 (RFC 9562), so that names sort by time.
public struct RunID: Sendable, Hashable, Codable, RawRepresentable, CustomStringConvertible {
    /// As the journal has it.
    public let rawValue: String
    /// - Parameter rawValue: a UUID as the journal has it; not checked.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A new one, unlike any other.
    /// - Parameter wall: the time that it carries, in milliseconds and a fraction.
    public init(at wall: WallTime) { rawValue = uuidVersion7(at: wall) }
    /// The raw value.
    public var description: String { rawValue }
}

/// Names the request behind one or more runs.
public struct CorrelationID: Sendable, Hashable, Codable, RawRepresentable, CustomStringConvertible {
    /// As the journal has it.
    public let rawValue: String

    /// The longest correlation ID that is accepted, in UTF-8 bytes.
    public static let maximumLength = 200

    /// A caller's own identifier: 1 to 200 bytes of printable ASCII without spaces, so that it can go
    /// into a header, an environment variable and a log line as it is; nil otherwise.
    public init?(rawValue: String) {
        guard (1...Self.maximumLength).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    /// A new one, unlike any other.
    /// - Parameter wall: the time that it carries, in milliseconds and a fraction.
    public init(at wall: WallTime) { rawValue = uuidVersion7(at: wall) }

    /// What a journal holds, taken as it is.
    package init(stored: String) { rawValue = stored }

    /// The raw value.
    public var description: String { rawValue }
}

/// Names one engine process.
public struct EngineID: Sendable, Hashable, Codable, RawRepresentable, CustomStringConvertible {
    /// As the journal has it.
    public let rawValue: String
    /// - Parameter rawValue: a UUID as the journal has it; not checked.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A new one, unlike any other.
    /// - Parameter wall: the time that it carries, in milliseconds and a fraction.
    public init(at wall: WallTime) { rawValue = uuidVersion7(at: wall) }
    /// The raw value.
    public var description: String { rawValue }
}

/// A UUID of version 7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970, 12 bits for the fraction
/// of the millisecond (6.2, method 3), then 62 random bits.
package func uuidVersion7(at wall: WallTime) -> String {
    var generator = SystemRandomNumberGenerator()
    return uuidVersion7(at: wall, using: &generator)
}

package func uuidVersion7(at wall: WallTime, using generator: inout some RandomNumberGenerator) -> String {
    let microseconds = UInt64(max(0, wall.microseconds))
    let milliseconds = (microseconds / 1000) & 0xFFFF_FFFF_FFFF
    let fraction = microseconds % 1000 * 4096 / 1000
    let high = (milliseconds << 16) | 0x7000 | fraction
    let low = 0x8000_0000_0000_0000 | (generator.next() & 0x3FFF_FFFF_FFFF_FFFF)
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 36) { buffer in
        var position = 0
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                buffer[position] = UInt8(ascii: "-")
                position += 1
            }
            let word = nibble < 16 ? high : low
            buffer[position] = digits[Int((word >> UInt64(60 - 4 * (nibble % 16))) & 0xF)]
            position += 1
        }
        return position
    }
}
