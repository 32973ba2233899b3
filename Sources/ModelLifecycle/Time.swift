/// A point on a monotonic clock of this process, as time since an arbitrary origin. Comparable
/// within one process only.
public struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// The time since the origin, which says nothing by itself.
    public var sinceOrigin: Duration

    /// - Parameter sinceOrigin: the time since this clock's origin.
    public init(sinceOrigin: Duration) { self.sinceOrigin = sinceOrigin }

    /// Whether the first one is earlier; both are of the same clock.
    public static func < (a: Self, b: Self) -> Bool { a.sinceOrigin < b.sinceOrigin }
    /// The instant that much later.
    public static func + (a: Self, b: Duration) -> Self { Self(sinceOrigin: a.sinceOrigin + b) }
    /// The time from the second one to the first; both are of the same clock.
    public static func - (a: Self, b: Self) -> Duration { a.sinceOrigin - b.sinceOrigin }
}

/// Wall time, UTC, in microseconds since 1970. For people; never for order or durations.
public struct WallTime: Sendable, Hashable, Comparable, Codable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    public var microseconds: Int64

    /// - Parameter microseconds: since 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether the first one is earlier on a clock that people may set.
    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

    /// The last time that there is, where the sum would lie behind it.
    public static func + (a: Self, b: Duration) -> Self {
        let (sum, overflow) = a.microseconds.addingReportingOverflow(b.wholeMicroseconds)
        return Self(microseconds: overflow ? (b < .zero ? .min : .max) : sum)
    }
}

/// The time as the machine gets it: when an event is handled, on both clocks.
public struct Moment: Sendable, Hashable {
    /// For durations and timers.
    public var instant: MonotonicInstant
    /// For people.
    public var wall: WallTime

    /// One moment, read off both clocks.
    public init(instant: MonotonicInstant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }
}

extension Duration {
    /// Whole microseconds, cut towards zero.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// Milliseconds with microsecond precision, as they stand in the JSON.
    public var milliseconds: Double { Double(wholeMicroseconds) / 1000 }

    /// Milliseconds with microsecond precision, as `milliseconds` gave them: the same number comes back.
    package static func milliseconds(recorded milliseconds: Double) -> Duration {
        .microseconds(Int64(exactly: (milliseconds * 1000).rounded()) ?? (milliseconds < 0 ? .min : .max))
    }
}
