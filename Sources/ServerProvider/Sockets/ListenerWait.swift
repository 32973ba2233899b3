import Dispatch

/// Waits until a socket listens that did not before, or until an address takes connections.
///
/// It looks at the kernel's list of listening sockets every few milliseconds, on a thread of its own: to wake a thread
/// that waits costs a small part of what it costs to resume a task, and the looks are all that an engine does meanwhile.
struct ListenerWait: Sendable {
    let host: String
    let port: Int
    /// The sockets that listen already, by inode.
    let known: Set<UInt64>
    /// The time between two looks.
    let interval: Duration

    /// What forwards connections to a server in another network namespace is not on the list of sockets. A connection
    /// shows it, and costs as much as the list: one for so many looks.
    private static let looksPerConnection = 4
    /// A look may take this part of the time: there may be thousands of sockets.
    private static let costFactor = 50

    /// - Throws: `CancellationError`
    func wait(until end: ContinuousClock.Instant) async throws {
        let cancelled = DispatchSemaphore(value: 0)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "modeljournal.listeners").async {
                    look(until: end, cancelled)
                    continuation.resume()
                }
            }
        } onCancel: {
            cancelled.signal()
        }
        try Task.checkCancellation()
    }

    private func look(until end: ContinuousClock.Instant, _ cancelled: DispatchSemaphore) {
        var interval = interval
        var looks = 0
        while .now < end {
            let nanoseconds = Int(interval / .nanoseconds(1))
            guard cancelled.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .timedOut else { return }
            let cost = ThreadTime.now
            guard let listening = LocalListeners.inodes, listening.isSubset(of: known) else { return }
            looks += 1
            if looks % Self.looksPerConnection == 0, !LocalListeners.refuses(host, port: port) { return }
            interval = max(interval, (ThreadTime.now - cost) * Self.costFactor)
        }
    }
}
