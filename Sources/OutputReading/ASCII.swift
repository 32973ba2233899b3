/// Output is looked at byte by byte: everything that loggers put around a message is ASCII.
extension UInt8 {
    var isDigit: Bool { self &- 48 < 10 }
    var isUppercase: Bool { self &- 65 < 26 }
    var isLowercase: Bool { self &- 97 < 26 }
    var isLetter: Bool { isUppercase || isLowercase }
    var isBlank: Bool { self == 32 || self == 9 }
    var lowercased: UInt8 { isUppercase ? self + 32 : self }
    /// What a name in a program consists of.
    var isNamePart: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }
    func isOne(of set: StaticString) -> Bool {
        set.withUTF8Buffer { $0.contains(self) }
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    func has(_ text: StaticString, at place: Int) -> Bool {
        guard place >= startIndex, place + text.utf8CodeUnitCount <= endIndex else { return false }
        return text.withUTF8Buffer { buffer in
            for offset in 0..<buffer.count where self[place + offset] != buffer[offset] { return false }
            return true
        }
    }

    /// The place after the digits that begin at `place`; nil if there are fewer than `least`.
    func afterDigits(at place: Int, least: Int = 1, most: Int = .max) -> Int? {
        var end = place
        while end < endIndex, end - place < most, self[end].isDigit { end += 1 }
        return end - place >= least ? end : nil
    }

    func afterBlanks(at place: Int) -> Int {
        var end = place
        while end < endIndex, self[end].isBlank { end += 1 }
        return end
    }

    /// The end of the run without blanks that begins at `place`.
    func afterToken(at place: Int) -> Int {
        var end = place
        while end < endIndex, !self[end].isBlank { end += 1 }
        return end
    }

    func firstPlace(of text: StaticString, from start: Int = 0) -> Int? {
        let length = text.utf8CodeUnitCount
        guard length > 0 else { return nil }
        var place = Swift.max(start, startIndex)
        let first = text.withUTF8Buffer { $0[0] }
        while place + length <= endIndex {
            if self[place] == first, has(text, at: place) { return place }
            place += 1
        }
        return nil
    }

    func has(_ text: StaticString) -> Bool { firstPlace(of: text) != nil }
}
