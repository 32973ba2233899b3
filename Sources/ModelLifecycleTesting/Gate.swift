/// Holds a call of a ``ScriptedProvider`` until a test opens it; then it is open for good.
///
/// A test sees what happens while a model loads without a pause of any length: the load waits for the test.
public final class Gate: Sendable {
    private let isOpen = Watched(false)

    /// Closed.
    public init() {}

    /// Lets everybody pass who waits, and whoever comes later.
    public func open() { isOpen.update { $0 = true } }

    /// Waits as well-behaved code does: cancellation ends it.
    /// - Throws: `CancellationError`.
    public func pass() async throws { try await isOpen.wait { $0 } }

    /// Waits as a blocking C call does: a task of its own never hears of the caller's cancellation.
    public func passIgnoringCancellation() async {
        await Task.detached { [isOpen] in _ = try? await isOpen.wait { $0 } }.value
    }
}
