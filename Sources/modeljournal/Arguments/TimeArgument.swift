import Foundation
import JournalRendering
import LifecycleJournal
import ModelLifecycle

/// A time on the command line, as journalctl takes it: `2026-11-23T02:31:07Z`, `2026-11-23 02:31`,
/// `2026-11-23`, `02:31`, `@1700000000`, `-2h`, `+1h`, `2 days ago`, `now`, `today`, `yesterday`,
/// `tomorrow`. Local time without a zone.
struct TimeArgument: ExplainedArgument {
    static let accepted = "give a time such as 2026-11-23, '2026-11-23 02:31', -2h, '3 days ago' or yesterday"

    let time: WallTime

    init?(argument: String) {
        guard let time = Self.parse(argument, now: .now) else { return nil }
        self.time = time
    }

    static func parse(_ argument: String, now: WallTime) -> WallTime? {
        let text = argument.trimmingCharacters(in: .whitespaces)
        switch text.lowercased() {
        case "now": return now
        case "today": return midnight(now, dayOffset: 0)
        case "yesterday": return midnight(now, dayOffset: -1)
        case "tomorrow": return midnight(now, dayOffset: 1)
        default: break
        }
        if text.hasPrefix("@") { return sinceEpoch(text.dropFirst()) }
        if let sign = text.first, sign == "-" || sign == "+" {
            return moved(now, by: text.dropFirst(), backwards: sign == "-")
        }
        if text.hasSuffix(" ago") { return moved(now, by: text.dropLast(4), backwards: true) }
        if text.hasSuffix(" left") { return moved(now, by: text.dropLast(5), backwards: false) }
        return absolute(text, now: now)
    }

    private static func moved(_ now: WallTime, by span: Substring, backwards: Bool) -> WallTime? {
        let units = TimeSpan.exact.merging(TimeSpan.calendar) { unit, _ in unit }
        return TimeSpan(span, units: units).map { span in
            WallTime(microseconds: max(0, now.microseconds + (backwards ? -span.microseconds : span.microseconds)))
        }
    }

    /// Seconds since 1970, with up to six digits after the point; none later than the year 9999.
    private static func sinceEpoch(_ text: Substring) -> WallTime? {
        guard let match = text.wholeMatch(of: /(\d{1,12})(?:\.(\d{1,6}))?/.asciiOnlyDigits()),
            let seconds = Int64(match.1),
            seconds <= 253_402_300_799
        else { return nil }
        let fraction = match.2.map { $0 + String(repeating: "0", count: 6 - $0.count) } ?? "0"
        return Int64(fraction).map { WallTime(microseconds: seconds * 1_000_000 + $0) }
    }

    private static func midnight(_ now: WallTime, dayOffset: Int) -> WallTime? {
        var fields = LocalTime.fields(now)
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (0, 0, 0)
        fields.tm_mday += Int32(dayOffset)
        return LocalTime.time(fields, microseconds: 0)
    }

    /// `[YYYY-MM-DD][T or space][HH:MM[:SS[.ffffff]]][Z or UTC or ±HH:MM]`
    private static func absolute(_ text: String, now: WallTime) -> WallTime? {
        let pattern =
            /(?:(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?=\d)|$))?(?:(?<clock>\d{2}:\d{2})(?::(?<seconds>\d{2})(?:\.(?<fraction>\d{1,9}))?)?)?(?<zone>[Zz]| ?UTC|[+-]\d{2}:\d{2})?/
        guard let match = text.wholeMatch(of: pattern.asciiOnlyDigits()), match.date != nil || match.clock != nil else {
            return nil
        }
        var fields = LocalTime.fields(now)
        (fields.tm_hour, fields.tm_min, fields.tm_sec, fields.tm_isdst) = (0, 0, 0, -1)
        if let date = match.date {
            let parts = date.split(separator: "-").compactMap { Int32($0) }
            guard LocalTime.isDay(year: parts[0], month: parts[1], day: parts[2]) else { return nil }
            (fields.tm_year, fields.tm_mon, fields.tm_mday) = (parts[0] - 1900, parts[1] - 1, parts[2])
        }
        if let clock = match.clock {
            let parts = clock.split(separator: ":").compactMap { Int32($0) }
            (fields.tm_hour, fields.tm_min) = (parts[0], parts[1])
            fields.tm_sec = match.seconds.flatMap { Int32($0) } ?? 0
        }
        guard (0...23).contains(fields.tm_hour), (0...59).contains(fields.tm_min), (0...60).contains(fields.tm_sec)
        else {
            return nil
        }
        let fraction = match.fraction.map { $0.prefix(6) + String(repeating: "0", count: max(0, 6 - $0.count)) }
        let microseconds = fraction.flatMap { Int64($0) } ?? 0
        guard let zone = match.zone else { return LocalTime.time(fields, microseconds: microseconds) }
        guard match.clock != nil, let seconds = LocalTime.secondsUTC(fields) else { return nil }
        var offset: Int64 = 0
        if zone.hasPrefix("+") || zone.hasPrefix("-") {
            let parts = zone.dropFirst().split(separator: ":").compactMap { Int64($0) }
            guard parts[0] < 24, parts[1] < 60 else { return nil }
            offset = (parts[0] * 3600 + parts[1] * 60) * (zone.hasPrefix("-") ? -1 : 1)
        }
        return WallTime(microseconds: max(0, (seconds - offset) * 1_000_000 + microseconds))
    }
}
