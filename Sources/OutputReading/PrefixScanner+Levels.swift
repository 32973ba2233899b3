/// Levels that stand for themselves: `ERROR: `, `error: `, `ERROR:root:`, a column.
extension PrefixScanner {
    mutating func scanLevel(at start: Int) -> Bool {
        var end = start
        while end < line.count, line[end].isLetter, end - start < 12 { end += 1 }
        let word = line[start..<end]
        // logrus: `FATA[0000] message`, with the seconds since the start.
        if end - start == 4, end < line.count, line[end] == UInt8(ascii: "["),
            let close = line.afterDigits(at: end + 1),
            line.has("] ", at: close), let found = Level(prefix: word)
        {
            level = found
            return take(to: close + 1)
        }
        guard let found = Level(word: word) else { return false }
        let isUpper = word.allSatisfy(\.isUppercase)
        let isShort = [
            "err", "wrn", "inf", "dbg", "trc", "ftl", "pnc", "log", "note", "fail", "fine", "config", "success",
        ]
        .contains(String(decoding: word.map(\.lowercased), as: UTF8.self))
        let next = end < line.count ? line[end] : 32
        let blanks = line.afterBlanks(at: end) - end
        switch next {
        case UInt8(ascii: ":"):
            let hasBlank = end + 1 == line.count || line[end + 1].isBlank
            // `Error: …` is an exception of Node or an answer of click; `panic: …` a form of its own.
            if !isUpper, word.first?.isUppercase == true, found == .error, !word.elementsEqual("Fatal".utf8),
                !word.elementsEqual("Critical".utf8)
            {
                return false
            }
            if word.elementsEqual("panic".utf8) || (isShort && !isUpper && !word.elementsEqual("fail".utf8)) {
                return false
            }
            if !hasBlank {
                // `ERROR:root:message`.
                guard isUpper, let colon = loggerEnd(from: end + 1) else { return false }
                level = found
                return take(to: colon)
            }
            if !isUpper, Words(line[start...]).sayNothing(after: 0) { return false }
            level = found
            // uvicorn fills up to ten columns.
            let padded = Swift.max(end + 2, Swift.min(start + 10, line.afterBlanks(at: end + 1)))
            place = Swift.min(padded, line.count)
            isMarked = true
            return true
        case UInt8(ascii: "]"), UInt8(ascii: "|"):
            guard hasBegun || isUpper else { return false }
        case 32, 9:
            // `2026-11-30 10:00:00 error message`, and not `10:00:00 error correction is on`.
            let isLower = word.allSatisfy(\.isLowercase) && !line.has(" error:", at: end)
            let follows = hasTime && level == nil && !isShort && isLower && Words(line[end...].prefix(24)).count > 1
            let isName = [
                "correction", "rate", "rates", "handler", "handling", "count", "code", "codes", "reporting", "log",
                "level",
            ]
            .contains(Words(line[end...].prefix(24)).word(0))
            let isColumn = hasBegun && (blanks >= 2 || next == 9 || (follows && !isName))
            guard isUpper && (!isShort || hasBegun) || isColumn else { return false }
            if !hasBegun, found == .error, word.count < 5 { return false }
        default: return false
        }
        level = found
        return take(to: afterSeparator(at: end))
    }

    /// The place after `root:` in `ERROR:root:message`, or after `app.py:12:`.
    func loggerEnd(from start: Int) -> Int? {
        let end = line.afterToken(at: start)
        guard let colon = line[start..<end].firstIndex(of: UInt8(ascii: ":")), colon > start, colon + 1 < line.count,
            !line[colon + 1].isBlank || colon + 1 == line.count,
            line[start..<colon].allSatisfy({ $0.isNamePart || $0.isOne(of: ".-/") })
        else { return nil }
        // A function and a line may follow: `ERROR:app.main:load:12:message`.
        let parts = line[(colon + 1)..<end].split(
            separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, !parts[1].isEmpty, parts[1].allSatisfy(\.isDigit) { return parts[2].startIndex }
        return colon + 1
    }
}
