/// A time span as systemd.time(7) writes it: `10s`, `250ms`, `1h30min`, `2 days`, `1 week 2d`. There `m`
/// is minutes and `M` months.
struct TimeSpan {
    /// Units of a fixed length, in microseconds.
    static let exact: [Substring: Double] = [
        "us": 1, "usec": 1, "µs": 1, "μs": 1, "ms": 1e3, "msec": 1e3,
        "s": 1e6, "sec": 1e6, "second": 1e6, "seconds": 1e6,
        "m": 60e6, "min": 60e6, "minute": 60e6, "minutes": 60e6,
        "h": 3600e6, "hr": 3600e6, "hour": 3600e6, "hours": 3600e6,
        "d": 86400e6, "day": 86400e6, "days": 86400e6,
        "w": 604_800e6, "week": 604_800e6, "weeks": 604_800e6,
    ]

    /// As long as they are on average: 30.44 and 365.25 days.
    static let calendar: [Substring: Double] = [
        "M": 2_630_016e6, "month": 2_630_016e6, "months": 2_630_016e6,
        "y": 31_557_600e6, "year": 31_557_600e6, "years": 31_557_600e6,
    ]

    /// A hundred years: further than anybody means, and far from any overflow.
    static let longest = 100 * 366 * 86400e6

    let microseconds: Int64

    /// - Returns: nil for anything but numbers with units, and for more than a hundred years.
    init?(_ text: some StringProtocol, units: [Substring: Double]) {
        var rest = Substring(text).trimmingBlanks()
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix(while: Self.isNumeral)
            rest = rest[digits.endIndex...].drop { $0 == " " }
            let unit = rest.prefix { $0 != " " && !Self.isNumeral($0) }
            rest = rest[unit.endIndex...].drop { $0 == " " }
            guard let number = Double(digits), number.isFinite, let size = units[unit] else { return nil }
            total += number * size
        }
        guard total <= Self.longest else { return nil }
        microseconds = Int64(total.rounded())
    }

    private static func isNumeral(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || character == ".")
    }
}

extension Substring {
    func trimmingBlanks() -> Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
