/// Secrets whose values are known, because a command line or an environment gave them under a secret's name. They are
/// found wherever they stand, without a name before them.
package struct KnownSecrets: Sendable, Hashable {
    /// In the forms in which a text may quote them, the longest first.
    private let values: [[UInt8]]
    /// Which of them begin with a byte, so that most bytes of a text need one look.
    private let beginnings: [UInt8: [Int]]

    package static let none = KnownSecrets([])

    package var isEmpty: Bool { values.isEmpty }

    /// - Parameter secrets: what could stand in any text by chance is left out: `true`, `8080`, `EMPTY`, `postgres`.
    package init(_ secrets: [String]) {
        var forms: Set<[UInt8]> = []
        for secret in Set(secrets) where Self.isTelling(Array(secret.utf8)) {
            forms.formUnion(Self.forms(of: Array(secret.utf8)))
        }
        let values = forms.sorted { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count }
        self.values = values
        beginnings = Dictionary(grouping: values.indices) { values[$0][0] }
    }

    /// The text with a mark in the place of each of them.
    package func removed(from text: String) -> String {
        guard !values.isEmpty else { return text }
        var text = text
        return text.withUTF8 { bytes in
            var output: [UInt8] = []
            var copied = 0
            var index = 0
            while index < bytes.count {
                guard let candidates = beginnings[bytes[index]],
                    let length = length(at: index, of: candidates, in: bytes)
                else {
                    index += 1
                    continue
                }
                if output.isEmpty { output.reserveCapacity(bytes.count) }
                output.append(contentsOf: bytes[copied..<index])
                output.append(contentsOf: Redaction.mark.utf8)
                index += length
                copied = index
            }
            guard copied > 0 else { return String(decoding: bytes, as: UTF8.self) }
            output.append(contentsOf: bytes[copied...])
            return String(decoding: output, as: UTF8.self)
        }
    }

    private func length(at index: Int, of candidates: [Int], in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let rest = bytes.count - index
        for candidate in candidates {
            let value = values[candidate]
            // The end of a text may be cut, and a secret with it.
            let length = min(value.count, rest)
            guard length == value.count || length >= max(6, value.count / 2) else { continue }
            var same = 0
            while same < length, value[same] == bytes[index + same] { same += 1 }
            guard same == length else { continue }
            if Self.isWord(value), !Self.isAlone(index..<(index + length), in: bytes) { continue }
            return length
        }
        return nil
    }

    // MARK: - Which values

    private static let placeholders: Set<String> = [
        "administrator", "changeit", "changeme", "default", "disabled", "example", "foobar", "minioadmin", "no-key",
        "no-key-required", "not-needed", "not-required", "not-set", "notneeded", "password", "placeholder", "postgres",
        "required", "secret", "sk-no-key-required", "sk-xxx", "test-key", "testing", "unused", "username",
    ]

    private static func isTelling(_ value: [UInt8]) -> Bool {
        guard (6...4096).contains(value.count), !HarmlessValue.isHarmless(value[...]),
            !HarmlessValue.isShortNumber(value[...]),
            !placeholders.contains(String(decoding: value.map { $0 | 0x20 }, as: UTF8.self))
        else { return false }
        // A common word is not worth what would be lost of other texts.
        return !isWord(value) || value.count >= 8
    }

    /// Only letters, or only digits: short ones may be part of another word.
    private static func isWord(_ value: [UInt8]) -> Bool {
        guard value.count < 16 else { return false }
        return value.allSatisfy(SecretShapes.isDigit)
            || value.allSatisfy { SecretShapes.isAlphanumeric($0) && !SecretShapes.isDigit($0) }
    }

    private static func isAlone(_ range: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if range.upperBound < bytes.count, SecretShapes.isAlphanumeric(bytes[range.upperBound]) { return false }
        let before = range.lowerBound - 1
        guard before >= 0, SecretShapes.isAlphanumeric(bytes[before]) else { return true }
        // The letter of an escape sequence, `\n`, and the end of one of a URL, `%20`.
        if before >= 1, bytes[before - 1] == UInt8(ascii: "\\") { return true }
        return before >= 2 && bytes[before - 2] == UInt8(ascii: "%")
    }

    // MARK: - Forms

    /// As it is, as JSON and source code quote it, and as a URL carries it.
    private static func forms(of value: [UInt8]) -> [[UInt8]] {
        var quoted: [UInt8] = []
        var quotedSlashes: [UInt8] = []
        var encoded: [UInt8] = []
        var encodedSlashes: [UInt8] = []
        for byte in value {
            let escaped: [UInt8] =
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
                case 0x0A: Array("\\n".utf8)
                case 0x0D: Array("\\r".utf8)
                case 0x09: Array("\\t".utf8)
                default: [byte]
                }
            quoted += escaped
            quotedSlashes += byte == UInt8(ascii: "/") ? Array("\\/".utf8) : escaped
            encoded += PercentEncoding.encode(byte, slashes: false)
            encodedSlashes += PercentEncoding.encode(byte, slashes: true)
        }
        return [value, quoted, quotedSlashes, encoded, encodedSlashes]
    }
}
