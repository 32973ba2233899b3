package import Foundation
package import ModelLifecycle

/// The C library's calendar: quick to start, and it knows the local zone.
package enum LocalTime {
    package static func fields(_ time: WallTime, utc: Bool = false) -> tm {
        var seconds = time_t(time.microseconds / 1_000_000)
        var fields = tm()
        if utc { gmtime_r(&seconds, &fields) } else { localtime_r(&seconds, &fields) }
        return fields
    }

    /// Whether the calendar has this day.
    package static func isDay(year: Int32, month: Int32, day: Int32) -> Bool {
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
        timegm(&fields)
        return fields.tm_mon == month - 1 && fields.tm_mday == day
    }

    /// A day before the first or after the last of a month is counted on from there.
    /// - Returns: nil before 1970.
    package static func time(_ fields: tm, microseconds: Int64) -> WallTime? {
        var copy = fields
        copy.tm_isdst = -1
        let seconds = mktime(&copy)
        guard seconds >= 0 else { return nil }
        return WallTime(microseconds: Int64(seconds) * 1_000_000 + microseconds)
    }

    package static func secondsUTC(_ fields: tm) -> Int64? {
        var copy = fields
        let seconds = timegm(&copy)
        return seconds >= 0 ? Int64(seconds) : nil
    }
}

package enum TimeText {
    package static func date(_ time: WallTime, utc: Bool) -> String { date(LocalTime.fields(time, utc: utc)) }

    /// Hours to milliseconds.
    package static func clock(_ time: WallTime, utc: Bool) -> String {
        "\(clock(LocalTime.fields(time, utc: utc))).\(padded(time.microseconds % 1_000_000 / 1000, 3))"
    }

    /// Date and seconds.
    package static func short(_ time: WallTime, utc: Bool) -> String {
        let fields = LocalTime.fields(time, utc: utc)
        return "\(date(fields)) \(clock(fields))"
    }

    /// Date, seconds and the zone, for what may be read elsewhere: `2026-11-30 16:00:01 +05:30`.
    package static func zoned(_ time: WallTime, utc: Bool) -> String {
        "\(short(time, utc: utc)) \(zone(time, utc: utc))"
    }

    /// The zone in which a time is shown: `UTC`, or the distance of local time from it.
    package static func zone(_ time: WallTime, utc: Bool) -> String {
        if utc { return "UTC" }
        let minutes = Int64(LocalTime.fields(time).tm_gmtoff) / 60
        let (hours, rest) = abs(minutes).quotientAndRemainder(dividingBy: 60)
        return "\(minutes < 0 ? "-" : "+")\(padded(hours, 2)):\(padded(rest, 2))"
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
