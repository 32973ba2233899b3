import ModelLifecycle
import Testing

/// What the machine did with one event, without the names of callers, runs and generations.
struct Outcome: Hashable {
    /// Where the recorded transition leads; nil where nothing moved.
    var to: ModelState?
    var trigger: Trigger?
    var reason: FailureReason?
    var acts: [Act]

    static func stays(_ acts: Act...) -> Outcome { Outcome(to: nil, trigger: nil, reason: nil, acts: acts) }

    static func moves(_ to: ModelState, _ trigger: Trigger, _ acts: Act...) -> Outcome {
        Outcome(to: to, trigger: trigger, reason: nil, acts: acts)
    }

    static func moves(_ to: ModelState, _ trigger: Trigger, _ reason: FailureReason, _ acts: Act...) -> Outcome {
        Outcome(to: to, trigger: trigger, reason: reason, acts: acts)
    }
}

/// One effect, shortened. Timers that are cancelled together stand together.
enum Act: Hashable {
    case answer(Bool)
    case enrol(CallerGroup)
    case settle(CallerGroup, Bool)
    case start(Work.Kind)
    case interrupt
    case set(LifecycleTimer)
    case cancels([LifecycleTimer])
    case warn

    static func drop(_ timers: LifecycleTimer...) -> Act { .cancels(timers) }
}

extension Outcome {
    init(_ decision: LifecycleDecision) {
        to = decision.transition?.to
        trigger = decision.transition?.trigger
        reason = decision.transition?.failure?.reason
        acts = []
        for effect in decision.effects {
            switch effect {
            case .answer(_, let answer): acts.append(.answer(answer))
            case .enrol(_, let group): acts.append(.enrol(group))
            case .settle(let group, let answer): acts.append(.settle(group, answer))
            case .start(let work): acts.append(.start(work.kind))
            case .cancelWork: acts.append(.interrupt)
            case .setTimer(let timer, _, _): acts.append(.set(timer))
            case .cancelTimer(let timer):
                if case .cancels(let timers) = acts.last {
                    acts[acts.count - 1] = .cancels(timers + [timer])
                } else {
                    acts.append(.cancels([timer]))
                }
            case .warn: acts.append(.warn)
            }
        }
    }
}

extension Outcome: CustomTestStringConvertible {
    var testDescription: String {
        let move = to.map { "→ \($0) by \(trigger?.rawValue ?? "nothing"), reason \(reason?.rawValue ?? "none")" }
        return "\(move ?? "stays") \(acts)"
    }
}
