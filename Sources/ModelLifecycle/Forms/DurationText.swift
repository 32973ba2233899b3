/// Durations for people. Microseconds are what a row has.
package enum DurationText {
    /// Three significant figures, in the unit that suits: `417 µs`, `352 ms`, `1.24 s`, `3 min 20 s`, `2 h 5 min`.
    package static func long(_ microseconds: Int64) -> String {
        switch microseconds {
        case ..<1000: "\(microseconds) µs"
        case ..<9_995: "\(hundredths(microseconds, of: 1000)) ms"
        case ..<99_950: "\(tenths(microseconds, of: 1000)) ms"
        case ..<999_500: "\((microseconds + 500) / 1000) ms"
        case ..<9_995_000: "\(hundredths(microseconds, of: 1_000_000)) s"
        case ..<59_950_000: "\(tenths(microseconds, of: 1_000_000)) s"
        case ..<3_599_500_000: parts(microseconds, "min", 60, "s", 1_000_000)
        case ..<86_370_000_000: parts(microseconds, "h", 60, "min", 60_000_000)
        default: parts(microseconds, "d", 24, "h", 3_600_000_000)
        }
    }

    package static func optional(_ microseconds: Int64?) -> String { microseconds.map(long) ?? "–" }

    /// As it is typed on the command line: `300s`, `250ms`.
    package static func short(_ microseconds: Int64) -> String {
        if microseconds % 1_000_000 == 0 { return "\(microseconds / 1_000_000)s" }
        return microseconds % 1000 == 0 ? "\(microseconds / 1000)ms" : "\(microseconds)us"
    }

    // By hand, as the first use of `String(format:)` takes longer than most answers.

    private static func hundredths(_ value: Int64, of unit: Int64) -> String {
        let (whole, rest) = ((value * 100 + unit / 2) / unit).quotientAndRemainder(dividingBy: 100)
        return rest < 10 ? "\(whole).0\(rest)" : "\(whole).\(rest)"
    }

    private static func tenths(_ value: Int64, of unit: Int64) -> String {
        let (whole, rest) = ((value * 10 + unit / 2) / unit).quotientAndRemainder(dividingBy: 10)
        return "\(whole).\(rest)"
    }

    /// In whole units of `size`, of which `many` make a larger one.
    private static func parts(_ value: Int64, _ larger: String, _ many: Int64, _ unit: String, _ size: Int64) -> String
    {
        let (count, rest) = ((value + size / 2) / size).quotientAndRemainder(dividingBy: many)
        return rest == 0 ? "\(count) \(larger)" : "\(count) \(larger) \(rest) \(unit)"
    }
}

extension Duration {
    /// A limit from the configuration, as short as it stays exact enough: `250 ms`, `1.43 s`, `5 min`.
    package var brief: String {
        let milliseconds = wholeMicroseconds / 1000
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<60_000 where milliseconds % 1000 == 0: return "\(milliseconds / 1000) s"
        case ..<60_000:
            let hundredths = "\(100 + milliseconds % 1000 / 10)".dropFirst()
            return "\(milliseconds / 1000).\(hundredths) s"
        case let whole where whole % 60_000 == 0: return "\(whole / 60_000) min"
        default: return "\(milliseconds / 60_000) min \(milliseconds % 60_000 / 1000) s"
        }
    }
}
