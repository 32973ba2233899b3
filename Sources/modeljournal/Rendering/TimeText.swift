import Foundation
import ModelLifecycle

/// The C library's calendar: quick to start, and it knows the local zone.
enum LocalTime {
    static func fields(_ time: WallTime, utc: Bool = false) -> tm {
        var seconds = time_t(time.microseconds / 1_000_000)
        var fields = tm()
        if utc { gmtime_r(&seconds, &fields) } else { localtime_r(&seconds, &fields) }
        return fields
    }

    /// - Returns: nil for a day that does not exist.
    static func time(_ fields: tm, microseconds: Int64) -> WallTime? {
        var copy = fields
        copy.tm_isdst = -1
        let seconds = mktime(&copy)
        guard seconds >= 0, copy.tm_mday == fields.tm_mday || fields.tm_mday < 1 || fields.tm_mday > 28 else {
            return nil
        }
        return WallTime(microseconds: Int64(seconds) * 1_000_000 + microseconds)
    }

    static func secondsUTC(_ fields: tm) -> Int64? {
        var copy = fields
        let seconds = timegm(&copy)
        return seconds >= 0 ? Int64(seconds) : nil
    }
}

enum TimeText {
    /// RFC 3339 in UTC with microseconds, as in all machine-readable output.
    static func rfc3339(_ time: WallTime) -> String {
        let fields = LocalTime.fields(time, utc: true)
        return "\(date(fields))T\(clock(fields)).\(padded(time.microseconds % 1_000_000, 6))Z"
    }

    static func date(_ time: WallTime, utc: Bool) -> String { date(LocalTime.fields(time, utc: utc)) }

    /// Hours to milliseconds.
    static func clock(_ time: WallTime, utc: Bool) -> String {
        "\(clock(LocalTime.fields(time, utc: utc))).\(padded(time.microseconds % 1_000_000 / 1000, 3))"
    }

    /// Date and seconds.
    static func short(_ time: WallTime, utc: Bool) -> String {
        let fields = LocalTime.fields(time, utc: utc)
        return "\(date(fields)) \(clock(fields))"
    }

    private static func date(_ fields: tm) -> String {
        "\(fields.tm_year + 1900)-\(padded(Int64(fields.tm_mon) + 1, 2))-\(padded(Int64(fields.tm_mday), 2))"
    }

    private static func clock(_ fields: tm) -> String {
        "\(padded(Int64(fields.tm_hour), 2)):\(padded(Int64(fields.tm_min), 2)):\(padded(Int64(fields.tm_sec), 2))"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

enum DurationText {
    /// Three significant figures, in the unit that suits: `417 µs`, `352 ms`, `1.24 s`, `3 min 20 s`, `2 h 5 min`.
    static func long(_ microseconds: Int64) -> String {
        switch microseconds {
        case ..<1000: "\(microseconds) µs"
        case ..<10_000: "\(rounded(Double(microseconds) / 1000, 2)) ms"
        case ..<100_000: "\(rounded(Double(microseconds) / 1000, 1)) ms"
        case ..<999_500: "\((microseconds + 500) / 1000) ms"
        case ..<9_995_000: "\(rounded(Double(microseconds) / 1e6, 2)) s"
        case ..<60_000_000: "\(rounded(Double(microseconds) / 1e6, 1)) s"
        case ..<3_600_000_000: parts(microseconds, 60_000_000, "min", 1_000_000, "s")
        case ..<86_400_000_000: parts(microseconds, 3_600_000_000, "h", 60_000_000, "min")
        default: parts(microseconds, 86_400_000_000, "d", 3_600_000_000, "h")
        }
    }

    static func optional(_ microseconds: Int64?) -> String { microseconds.map(long) ?? "–" }

    /// As it is typed on the command line: `300s`, `250ms`.
    static func short(_ microseconds: Int64) -> String {
        if microseconds % 1_000_000 == 0 { return "\(microseconds / 1_000_000)s" }
        return microseconds % 1000 == 0 ? "\(microseconds / 1000)ms" : "\(microseconds)us"
    }

    private static func rounded(_ value: Double, _ places: Int) -> String {
        String(format: "%.\(places)f", value)
    }

    private static func parts(_ value: Int64, _ unit: Int64, _ name: String, _ smaller: Int64, _ its: String) -> String
    {
        let rest = value % unit / smaller
        return rest == 0 ? "\(value / unit) \(name)" : "\(value / unit) \(name) \(rest) \(its)"
    }
}
