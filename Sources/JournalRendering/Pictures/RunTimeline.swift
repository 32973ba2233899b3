import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Where the time of one start went, as bars that begin and end somewhere; microseconds since LOADING began.
struct RunTimeline {
    struct Bar {
        var name: String
        var style: String
        var begin: Int64
        var length: Int64
        /// What to say of it beside its length.
        var note = ""
        /// A part of the bar above.
        var isPart = false
        /// It goes on.
        var isOpen = false
        /// Nobody knows when it ended, only that it did.
        var hasNoEnd = false

        var words: String {
            if hasNoEnd { return "ended, nobody knows when" }
            return DurationText.long(length) + (isOpen ? " so far" : "")
        }
    }

    private(set) var bars: [Bar] = []
    /// Where the start ended, or has come to by now.
    private(set) var end: Int64 = 0
    /// What came behind READY, in words.
    private(set) var afterwards: [String] = []

    /// Nobody reads more bars than that.
    private static let mostRequests = 12

    /// - Parameter now: how far what is under way has come. Of a run whose engine is gone nobody knows that.
    init(_ story: RunStory, now: WallTime?) {
        let now = story.run.endedAt == nil && story.run.isSettled ? now : nil
        let transitions = story.transitions
        var begin: Int64 = 0
        for (place, transition) in transitions.enumerated() {
            let next = place + 1 < transitions.count ? transitions[place + 1] : nil
            let state = transition.to.known
            let isOpen = next == nil && (state?.isInFlight ?? false)
            // An interruption is recorded by the next engine, whenever that comes.
            let isInterrupted = next?.reason == .interrupted
            let length = isInterrupted ? next?.elapsed : Self.length(transition, next, isOpen ? now : nil)
            switch state {
            case .loading?, .warmingUp?:
                add(transition, state ?? .loading, begin, length, isOpen: isOpen, story)
                begin += length ?? 0
                end = begin
            case .ready?:
                let time = length.map { " for \(DurationText.long($0))" } ?? (isOpen ? "" : ", nobody knows how long")
                afterwards.append("READY\(time)" + (isOpen ? " until now" : ""))
            case .unloading?:
                afterwards.append("unloading" + (length.map { " took \(DurationText.long($0))" } ?? ""))
            case .error?:
                let why = [transition.reason?.text, transition.message].compactMap { $0 }.joined(separator: ": ")
                if afterwards.isEmpty, let failed = bars.lastIndex(where: { !$0.isPart }) {
                    bars[failed].note = "✕ " + (transition.reason?.text ?? "failed")
                }
                afterwards.append("ERROR \(why)")
            case .uninitialized?, nil: break
            }
        }
    }

    /// Microseconds in the state that a transition began.
    private static func length(_ transition: TransitionRow, _ next: TransitionRow?, _ now: WallTime?) -> Int64? {
        if let elapsed = next?.elapsed { return elapsed }
        guard let end = next?.at ?? now else { return nil }
        return max(0, end.microseconds - transition.at.microseconds)
    }

    private mutating func add(
        _ transition: TransitionRow, _ state: ModelState, _ begin: Int64, _ length: Int64?, isOpen: Bool,
        _ story: RunStory
    ) {
        let style = state == .loading ? "load" : "warm"
        bars.append(
            Bar(
                name: state.rawValue, style: style, begin: begin, length: length ?? 0, isOpen: isOpen && length != nil,
                hasNoEnd: length == nil))
        if state == .loading {
            var place = begin
            var parts = [("queue", story.run.queue), ("digest", story.run.digest), ("spawn", story.run.spawn)]
                .compactMap { name, time in time.flatMap { $0 > 0 ? (name, $0) : nil } }
            if !parts.isEmpty, let length {
                parts.append(("load", max(0, length - parts.reduce(0) { $0 + $1.1 })))
            }
            for (name, time) in parts {
                bars.append(Bar(name: name, style: style, begin: place, length: time, isPart: true))
                place += time
            }
        } else {
            var place = begin
            for warmup in story.warmups.prefix(Self.mostRequests) {
                bars.append(
                    Bar(
                        name: "request \(warmup.ordinal)", style: warmup.error == nil ? style : "bad", begin: place,
                        length: warmup.elapsed, note: warmup.error.map { "✕ \($0)" } ?? "", isPart: true))
                place += warmup.elapsed
            }
            let left = story.warmups.count - Self.mostRequests
            if left > 0 {
                let time = story.warmups.dropFirst(Self.mostRequests).reduce(0) { $0 + $1.elapsed }
                bars.append(
                    Bar(name: "\(left) more", style: style, begin: place, length: time, isPart: true))
            }
        }
    }
}
