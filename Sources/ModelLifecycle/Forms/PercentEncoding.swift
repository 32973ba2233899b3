/// Percent-encoding as RFC 3986 has it.
package enum PercentEncoding {
    /// - Parameter slashes: whether `/` stays as it is, as in a path.
    package static func encode(_ text: String, slashes: Bool = false) -> String {
        String(decoding: text.utf8.flatMap { encode($0, slashes: slashes) }, as: UTF8.self)
    }

    static func encode(_ byte: UInt8, slashes: Bool) -> [UInt8] {
        if isUnreserved(byte) || slashes && byte == UInt8(ascii: "/") { return [byte] }
        return [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 0xF)]
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
