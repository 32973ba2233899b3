/// `2026-11-23T02:31:07.120482Z`, as all machine-readable output has times: UTC, with microseconds.
extension WallTime {
    package var rfc3339: String {
        let (seconds, fraction) = microseconds.floored(by: 1_000_000)
        let (days, time) = seconds.floored(by: 86_400)
        let date = GregorianDay(daysSince1970: days)
        // Digit by digit, as every line of a long list has one.
        let parts: [(value: Int64, width: Int, end: StaticString)] = [
            (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"), (time / 3600, 2, ":"),
            (time / 60 % 60, 2, ":"), (time % 60, 2, "."), (fraction, 6, "Z"),
        ]
        guard 0...9999 ~= date.year else {
            return parts.map { "\(Self.padded($0.value, $0.width))\($0.end)" }.joined()
        }
        return String(unsafeUninitializedCapacity: 27) { buffer in
            var place = 0
            for part in parts {
                var rest = part.value
                for digit in (place..<place + part.width).reversed() {
                    buffer[digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                place += part.width + 1
                buffer[place - 1] = part.end.utf8Start.pointee
            }
            return place
        }
    }

    /// The day in UTC, as `2026-11-23`.
    package var day: String { String(rfc3339.prefix { $0 != "T" }) }

    /// - Parameter rfc3339: in UTC, with up to six digits of a second, from 1970 on.
    /// - Returns: nil for anything else.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        for (place, separator) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
        where bytes[place] != separator.utf8.first { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), year >= 1970, 1...12 ~= month,
            1...GregorianDay.daysIn(month, of: year) ~= day, hour < 24, minute < 60, second <= 60
        else { return nil }
        var microseconds: Int64 = 0
        if bytes.count > 20 {
            let digits = bytes.count - 21
            guard bytes[19] == UInt8(ascii: "."), 1...6 ~= digits, let fraction = number(20..<20 + digits) else {
                return nil
            }
            microseconds = (digits..<6).reduce(fraction) { value, _ in value * 10 }
        }
        let seconds =
            ((GregorianDay(year: year, month: month, day: day).daysSince1970 * 24 + hour) * 60 + minute) * 60 + second
        self.init(microseconds: seconds * 1_000_000 + microseconds)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

/// A day of the Gregorian calendar.
private struct GregorianDay {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// For years from 1970 on.
    var daysSince1970: Int64 {
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
        return (year - 1970) * 365 + leapDays + (1..<month).reduce(0) { $0 + Self.daysIn($1, of: year) } + day - 1
    }

    /// Counts from 1 March of the year 0, so that a leap day is the last of its year, in spans of 400 years.
    init(daysSince1970: Int64) {
        let (span, dayOfSpan) = (daysSince1970 + 719_468).floored(by: 146_097)
        let yearOfSpan = (dayOfSpan - dayOfSpan / 1460 + dayOfSpan / 36_524 - dayOfSpan / 146_096) / 365
        let dayOfYear = dayOfSpan - (365 * yearOfSpan + yearOfSpan / 4 - yearOfSpan / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfSpan + span * 400 + (month <= 2 ? 1 : 0)
    }

    static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
        month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension Int64 {
    /// Quotient and rest, which is never below zero.
    fileprivate func floored(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}
