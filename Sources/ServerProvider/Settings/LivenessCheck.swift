import Foundation
import ModelLifecycle

/// How a server that is READY is asked whether it still is.
public enum LivenessCheck: Sendable, Hashable {
    /// As while it starts.
    case probe
    /// Somewhere else.
    case target(ProbeTarget)
    /// With a warm-up request: a real inference each time.
    case warmup
    /// Not at all: only its end is noticed.
    case off
}

extension LivenessCheck: CustomStringConvertible {
    /// As the command line takes it and the journal keeps it: `probe`, `warmup`, `off`, or a probe's address.
    public init(_ text: String) throws {
        switch text {
        case "probe": self = .probe
        case "warmup": self = .warmup
        case "off": self = .off
        default:
            let target = try ProbeTarget(text)
            guard target != .notify else {
                throw InvalidServerSetting("'notify' cannot be asked: write an address for --liveness-url")
            }
            self = .target(target)
        }
    }

    /// As the command line takes it.
    public var description: String {
        switch self {
        case .probe: "probe"
        case .warmup: "warmup"
        case .off: "off"
        case .target(let target): target.description
        }
    }
}
