/// Finds out where a time ends that a logger wrote: many spellings, all made of the same kinds of words.
enum Timestamp {
    /// - Returns: the place after the time that begins at `start`; nil if no time begins there.
    static func end(in line: [UInt8], at start: Int) -> Int? {
        var place = start
        var end: Int?
        var hasTime = false
        var hasMonth = false
        var hasDate = false
        for _ in 0..<7 {
            let stop = wordEnd(in: line, at: place)
            guard stop > place else { break }
            let word = line[place..<stop]
            switch kind(of: word, hasDate: hasDate || hasMonth, hasMonth: hasMonth, hasTime: hasTime) {
            case .moment:
                hasTime = true
                hasDate = true
            case .clock where !hasTime: hasTime = true
            case .date where !hasDate && !hasTime: hasDate = true
            case .month where !hasMonth: hasMonth = true
            case .weekday where !hasTime && !hasDate: break
            case .number where hasMonth || nextIsMonth(line, after: stop): break
            case .zone where hasTime: break
            default: return hasTime ? end : nil
            }
            if hasTime { end = stop }
            place = stop
            if place < line.count, line[place] == UInt8(ascii: ",") { place += 1 }
            let next = line.afterBlanks(at: place)
            guard next > place, next - place <= 2 else { break }
            place = next
        }
        if hasTime { return end }
        // A date alone is taken for a time only if it is spelled in full.
        return hasDate && !hasMonth ? line.afterDigits(at: start, least: 4, most: 4).map { _ in place } : nil
    }

    private enum Kind { case moment, clock, date, month, weekday, number, zone, other }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    private static func wordEnd(in line: [UInt8], at start: Int) -> Int {
        var end = start
        while end < line.count, end - start < 48, !line[end].isBlank, !line[end].isOne(of: "])|}") {
            // A comma ends a word except in a fraction of a second.
            if line[end] == UInt8(ascii: ","), !(end + 1 < line.count && line[end + 1].isDigit) { break }
            // `10:00:00,100:ERROR:app:`.
            if line[end] == UInt8(ascii: ":"), end > start, line[end - 1].isDigit, end + 1 < line.count,
                line[end + 1].isUppercase
            {
                break
            }
            end += 1
        }
        while end > start, line[end - 1] == UInt8(ascii: ":") { end -= 1 }
        return end
    }

    private static func nextIsMonth(_ line: [UInt8], after place: Int) -> Bool {
        let next = line.afterBlanks(at: place)
        return next > place && isName(line[next..<wordEnd(in: line, at: next)], of: months)
    }

    private static func isName(_ word: ArraySlice<UInt8>, of names: [String]) -> Bool {
        guard word.count >= 3, word.count <= 9, word.allSatisfy(\.isLetter) else { return false }
        return names.contains(String(decoding: word.prefix(3).map(\.lowercased), as: UTF8.self))
    }

    private static func kind(of word: ArraySlice<UInt8>, hasDate: Bool, hasMonth: Bool, hasTime: Bool) -> Kind {
        guard let first = word.first else { return .other }
        let start = word.startIndex
        if first.isLetter {
            if word.elementsEqual("UTC".utf8) || word.elementsEqual("GMT".utf8) || word.elementsEqual("AM".utf8)
                || word.elementsEqual("PM".utf8) || word.elementsEqual("Z".utf8) || word.elementsEqual("CET".utf8)
            {
                return .zone
            }
            // Only a capital begins the name of a month here: "may", "mar" and "sun" are words.
            guard first.isUppercase, word.count <= 3 else { return .other }
            return isName(word, of: months) ? .month : isName(word, of: weekdays) ? .weekday : .other
        }
        if first.isOne(of: "+-"), let end = word.afterDigits(at: start + 1, least: 2, most: 4) {
            return end == word.endIndex || word.has(":", at: end) ? .zone : .other
        }
        guard first.isDigit else { return .other }
        if let end = afterClock(word, at: start, needsSeconds: !hasDate), end == word.endIndex { return .clock }
        if let date = afterDate(word, at: start) {
            if date == word.endIndex { return .date }
            if word[date].isOne(of: "T_:-"), let end = afterClock(word, at: date + 1, needsSeconds: false),
                end == word.endIndex
            {
                return .moment
            }
            return .other
        }
        if isSinceStart(word) || isEpoch(word) { return .moment }
        if word.count <= 4, word.allSatisfy(\.isDigit) { return .number }
        return .other
    }

    /// `10:00:00.123`, `10:00:00,123Z`, `10:00:00+01:00`, `10:00AM`.
    private static func afterClock(_ word: ArraySlice<UInt8>, at start: Int, needsSeconds: Bool) -> Int? {
        guard let hour = word.afterDigits(at: start, least: 1, most: 2), word.has(":", at: hour),
            var end = word.afterDigits(at: hour + 1, least: 2, most: 2)
        else { return nil }
        var hasSeconds = false
        if word.has(":", at: end), let seconds = word.afterDigits(at: end + 1, least: 2, most: 2) {
            hasSeconds = true
            end = seconds
            if end < word.endIndex, word[end].isOne(of: ".,:"), let part = word.afterDigits(at: end + 1, most: 9) {
                end = part
            }
        }
        if word.has("AM", at: end) || word.has("PM", at: end) { return end + 2 }
        guard hasSeconds || !needsSeconds else { return nil }
        if word.has("Z", at: end) { return end + 1 }
        if end < word.endIndex, word[end].isOne(of: "+-"), let zone = word.afterDigits(at: end + 1, least: 2, most: 4) {
            if word.has(":", at: zone), let minutes = word.afterDigits(at: zone + 1, least: 2, most: 2) {
                return minutes
            }
            return zone
        }
        return end
    }

    /// `2026-11-30`, `2026/11/30`, `11-30`, `30/Nov/2026`, `20261130`.
    private static func afterDate(_ word: ArraySlice<UInt8>, at start: Int) -> Int? {
        guard let first = word.afterDigits(at: start, least: 2, most: 4), first < word.endIndex,
            word[first].isOne(of: "-/.")
        else { return nil }
        let mark = word[first]
        if first + 4 < word.endIndex, isName(word[first + 1..<first + 4], of: months), word[first + 4] == mark {
            return word.afterDigits(at: first + 5, least: 4, most: 4)
        }
        guard mark != UInt8(ascii: ".") || first - start == 4,
            let second = word.afterDigits(at: first + 1, least: 2, most: 2)
        else { return nil }
        guard second < word.endIndex, word[second] == mark else {
            return first - start == 2 && mark != UInt8(ascii: ".") ? second : nil
        }
        return word.afterDigits(at: second + 1, least: 2, most: 4)
    }

    /// The time since the start that llama.cpp writes: `0.01.234.567`.
    private static func isSinceStart(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.map(\.count).dropFirst().elementsEqual([2, 3, 3])
            && word.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
    }

    /// Seconds or milliseconds since 1970: `1732960000.123`, `1732960000123`, `1.7329e+09`.
    private static func isEpoch(_ word: ArraySlice<UInt8>) -> Bool {
        guard let whole = word.afterDigits(at: word.startIndex) else { return false }
        let count = whole - word.startIndex
        if count == 13, whole == word.endIndex { return true }
        guard word.has(".", at: whole), let part = word.afterDigits(at: whole + 1) else { return false }
        if part == word.endIndex { return count == 10 }
        return count == 1 && word.has("e+09", at: part) && part + 4 == word.endIndex
    }
}
