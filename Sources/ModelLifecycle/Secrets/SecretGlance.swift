/// Looks at a text once, byte by byte, and tells where it has to be scanned for secrets. Most texts of a report have none,
/// and nothing that even begins like one.
enum SecretGlance {
    /// The first place from which a scan might take something out; nil if a scan would leave all that follows as it is.
    ///
    /// The scan takes out what stands after a name, in an address, in a frame or in a form of its own. Names are known by the
    /// end of a word, forms by the beginning of a long one. Where a word may begin within a run of letters, after an escape
    /// sequence for example, the text is scanned.
    /// - Parameter start: the beginning of the text, or of a line.
    static func firstFinding(in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
        var index = start
        var hasAddress = false
        while index < bytes.count {
            let byte = bytes[index]
            if SecretScanner.isWordByte(byte) {
                let start = index
                repeat { index += 1 } while index < bytes.count && SecretScanner.isWordByte(bytes[index])
                if isTelling(bytes, start..<index) { return start }
                continue
            }
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "&"), 0x1B: return index
            // `%3D`, and the colours of a terminal without their escape character.
            case UInt8(ascii: "%"): if SecretShapes.isAlphanumeric(next) { return index }
            case UInt8(ascii: "["): if SecretShapes.isDigit(next) { return index }
            case UInt8(ascii: ":"):
                guard next == UInt8(ascii: "/"), index + 2 < bytes.count, bytes[index + 2] == UInt8(ascii: "/") else {
                    break
                }
                // `https://hooks.slack.com/services/…`
                if index + 3 < bytes.count, bytes[index + 3] == UInt8(ascii: "h") { return index }
                hasAddress = true
            case UInt8(ascii: "@"): if hasAddress { return index }
            // An address is one word.
            case 0...0x20: hasAddress = false
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Whether a word may be a flag, the name of a secret, the frame of a key, or a token.
    private static func isTelling(_ bytes: UnsafeBufferPointer<UInt8>, _ word: Range<Int>) -> Bool {
        let start = word.lowerBound
        if bytes[start] == UInt8(ascii: "-"), word.count > 1 { return true }
        if word.count >= SecretShapes.shortestToken,
            SecretShapes.beginnings.contains(
                UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]))
        {
            return true
        }
        var end = word.upperBound
        while end > start, !SecretShapes.isAlphanumeric(bytes[end - 1]) { end -= 1 }
        if isName(bytes, start..<end) { return true }
        // Names may be plurals.
        return end > start && bytes[end - 1] | 0x20 == UInt8(ascii: "s") && isName(bytes, start..<(end - 1))
    }

    private static func isName(_ bytes: UnsafeBufferPointer<UInt8>, _ word: Range<Int>) -> Bool {
        let end = word.upperBound
        guard word.count >= 3 else { return false }
        let last =
            UInt32(bytes[end - 3] | 0x20) << 16 | UInt32(bytes[end - 2] | 0x20) << 8 | UInt32(bytes[end - 1] | 0x20)
        if last == basic || last == begin { return true }
        guard SecretNames.endings.contains(last) else { return false }
        return SecretNames.nouns.contains { noun in
            noun.count <= word.count && noun.indices.allSatisfy { noun[$0] == bytes[end - noun.count + $0] | 0x20 }
        }
    }

    /// The last letters of `Basic` and of `-----BEGIN`.
    private static let (basic, begin): (UInt32, UInt32) = (0x73_69_63, 0x67_69_6E)
}
