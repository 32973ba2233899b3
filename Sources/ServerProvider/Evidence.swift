import ModelLifecycle
import Synchronization

/// Keeps watch over what a server leaves behind for its post-mortem: its memory and the kernel's
/// count of processes killed for memory. Samples, as all of it is gone once the process is.
final class EvidenceWatch: Sendable {
    private struct Contents {
        var rssPeak: Int64?
        var lastProbe: String?
        var killCount: OOMKillCount?
        var isWarmingUp = false
    }

    private let contents: Mutex<Contents>
    private let lifelinePID: Int32

    init(lifelinePID: Int32) {
        self.lifelinePID = lifelinePID
        contents = Mutex(Contents(killCount: HostMemory.killCount(ofGroupOf: lifelinePID)))
        sample()
    }

    /// The server's own process; nil where it is not known, or gone.
    var serverPID: Int32? { HostMemory.onlyChild(of: lifelinePID) }

    /// The same, once the lifeline has got as far as to start it.
    /// - Returns: nil where nobody can tell, or the process ended before.
    func startedServerPID(_ process: ServerProcess) async -> Int32? {
        // A second at most: without a number the server runs as well.
        for _ in 0..<1000 where HostMemory.knowsChildren {
            if let pid = serverPID { return pid }
            if process.hasEnded { return nil }
            guard (try? await Task.sleep(for: .milliseconds(1))) != nil else { return nil }
        }
        return nil
    }

    func sample() {
        guard let pid = serverPID, let peak = HostMemory.residentPeak(of: pid) else { return }
        contents.withLock { $0.rssPeak = max($0.rssPeak ?? 0, peak) }
    }

    func note(_ answer: ProbeAnswer) { note(answer.summary) }

    /// What it did, or did not do, when it was asked last.
    func note(_ answer: String) { contents.withLock { $0.lastProbe = answer } }

    /// A warm-up request is under way: whatever happens now, happens in its course.
    var isWarmingUp: Bool {
        get { contents.withLock { $0.isWarmingUp } }
        set { contents.withLock { $0.isWarmingUp = newValue } }
    }

    /// What is known now.
    /// - Parameter end: how the server ended; nil where it still runs.
    func evidence(end: ServerProcess.End?, droppedOutput: Int) -> FailureEvidence {
        let contents = contents.withLock { $0 }
        var oomKill: FailureEvidence.OOMKill?
        if let end {
            let before = contents.killCount
            let after = before.flatMap { HostMemory.killCount(at: $0.path) }
            oomKill =
                switch (end, before, after) {
                case (.signaled(9), let before?, let after?): after.kills > before.kills ? .confirmed : .notSeen
                case (.signaled(9), _, _): .suspected
                // A wrapper may outlive the worker that the kernel has killed, and end by itself.
                case (_, let before?, let after?): after.kills > before.kills ? .suspected : .notSeen
                default: nil
                }
        }
        return FailureEvidence(
            oomKill: oomKill, rssPeakBytes: contents.rssPeak, memoryAvailableBytes: HostMemory.available(),
            lastProbe: contents.lastProbe, droppedOutputBytes: droppedOutput > 0 ? droppedOutput : nil)
    }
}

/// How many processes of a control group the kernel has killed for memory.
struct OOMKillCount: Sendable, Hashable {
    /// The file that tells.
    var path: String
    var kills: Int
}
