/// When what is known of a running server is written down again: often while it is young, seldom later. A run of a week
/// gets about a hundred notes. Ages are counted from the server's start; this knows no clock.
struct EvidenceSchedule: Sendable {
    private var last: Duration = .zero

    /// The age from which on the next note may be written, if there is something new.
    var nextAge: Duration { max(last + .seconds(1), last * 8 / 7) }

    /// A note was written at this age.
    mutating func noted(at age: Duration) { last = max(last, age) }

    /// How long to wait at this age before looking again.
    func pause(at age: Duration) -> Duration {
        age < nextAge ? nextAge - age : min(max(age / 64, .seconds(1)), .seconds(30))
    }
}
