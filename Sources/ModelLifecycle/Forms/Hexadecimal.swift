extension Sequence<UInt8> {
    /// Two lower-case digits a byte, as hashes are shown.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = Array(self)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (place, byte) in bytes.enumerated() {
                buffer[place * 2] = digits[Int(byte >> 4)]
                buffer[place * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}
