import ArgumentParser
import ModelLifecycle

/// A duration on the command line: `250ms`, `10s`, `1h30m`.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Self.parse(argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { DurationText.short(duration.wholeMicroseconds) }

    private static let units: [String: Double] = [
        "us": 1, "µs": 1, "ms": 1e3, "s": 1e6, "sec": 1e6, "m": 60e6, "min": 60e6, "h": 3600e6, "d": 86400e6,
        "w": 604_800e6,
    ]

    /// - Returns: nil for anything but numbers with units, and for more than a hundred years.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), number.isFinite, let microseconds = units[String(unit)] else {
                return nil
            }
            total += number * microseconds
        }
        guard total <= 100 * 366 * 86400e6 else { return nil }
        return .microseconds(Int64(total.rounded()))
    }
}
