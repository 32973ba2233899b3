package import Testing

/// Lets the test targets of one process run one after another; the suites of one target run beside
/// each other as ever.
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

    private var current: String?
    private var active = 0
    private var waiting: [(target: String, continuation: CheckedContinuation<Void, Never>)] = []

    func begin(_ target: String) async {
        if current == nil || current == target {
            current = target
            active += 1
        } else {
            await withCheckedContinuation { waiting.append((target, $0)) }
        }
    }

    func end() {
        active -= 1
        guard active == 0 else { return }
        current = waiting.first?.target
        let next = waiting.filter { $0.target == current }
        waiting.removeAll { $0.target == current }
        active = next.count
        for waiter in next { waiter.continuation.resume() }
    }
}
