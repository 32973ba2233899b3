package import Testing

/// Lets the test targets of one process run one after another, and only some suites of a target beside each other:
/// each test of a server starts several processes, and with all suites at once none of them gets its share of the
/// processors within the limits that the tests have.
///
/// Tests that start processes block threads of the cooperative pool, of which there is one a core,
/// and a child holds this process's locks between fork and exec: next to them the engine's tests would
/// run into their time limits, and a dead owner could look alive.
package struct TestTurn: SuiteTrait, TestScoping {
    private let target: String

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Turns.shared.begin(target)
        do {
            try await function()
        } catch {
            await Turns.shared.end()
            throw error
        }
        await Turns.shared.end()
    }

    fileprivate init(of target: String) { self.target = target }
}

extension Trait where Self == TestTurn {
    /// For every suite of a target that starts processes, or that must not run beside one that does.
    package static func turn(of target: String) -> Self { TestTurn(of: target) }
}

private actor Turns {
    static let shared = Turns()
    /// How many suites run beside each other.
    private static let most = 8

    private var current: String?
    private var active = 0
    private var waiting: [(target: String, continuation: CheckedContinuation<Void, Never>)] = []

    func begin(_ target: String) async {
        if current == nil || current == target && active < Self.most {
            current = target
            active += 1
        } else {
            await withCheckedContinuation { waiting.append((target, $0)) }
        }
    }

    func end() {
        active -= 1
        if active == 0, !waiting.contains(where: { $0.target == current }) { current = waiting.first?.target }
        while active < Self.most, let next = waiting.firstIndex(where: { $0.target == current }) {
            active += 1
            waiting.remove(at: next).continuation.resume()
        }
    }
}
