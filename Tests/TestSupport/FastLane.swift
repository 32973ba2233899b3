import Foundation
package import Testing

/// The quick lane, `tools/test --fast`. It skips the tests that need root or strace, also on machines that have both, and
/// those that take long.
package enum FastLane {
    package static let isOn = ProcessInfo.processInfo.environment["MODELJOURNAL_FAST"] == "1"
}

extension Trait where Self == ConditionTrait {
    /// Skips a test in the quick lane, which has less than a minute for all of them.
    package static var takesLong: Self { .enabled(if: !FastLane.isOn, "takes too long for the quick lane") }
}
