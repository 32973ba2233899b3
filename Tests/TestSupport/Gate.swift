/// Closed until a test opens it; then open for good.
package final class Gate: Sendable {
    private let isOpen = Watched(false)

    package init() {}

    package func open() { isOpen.update { $0 = true } }

    /// Waits as well-behaved code does: cancellation ends it.
    package func pass() async throws { try await isOpen.wait { $0 } }

    /// Waits as a blocking C call does: a task of its own never hears of the caller's cancellation.
    package func passIgnoringCancellation() async {
        await Task.detached { [isOpen] in _ = try? await isOpen.wait { $0 } }.value
    }
}
