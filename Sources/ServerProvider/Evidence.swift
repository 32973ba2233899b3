import ModelLifecycle
import Synchronization

/// Keeps watch over what a server leaves behind for its post-mortem: its answers, its processes and their memory.
final class EvidenceWatch: Sendable {
    private struct Contents {
        var isWarmingUp = false
    }

    private let contents = Mutex(Contents())
    /// The server's processes and their memory.
    let tree: TreeWatch
    let probes: ProbeLog
    /// Where the server is asked whether it is ready.
    let address: ProbeAddress
    private let sockets: ServerSockets

    /// - Parameters:
    ///   - probe: where the server is asked at first.
    ///   - report: gets what becomes known of workers.
    init(lifelinePID: Int32, probe: ProbeTarget?, report: (@Sendable (RunNote) -> Void)? = nil) {
        tree = TreeWatch(lifelinePID: lifelinePID, report: report)
        address = ProbeAddress(probe)
        probes = ProbeLog(address)
        sockets = ServerSockets(lifelinePID: lifelinePID, address: address)
    }

    /// The server's own process; nil where it is not known, or gone.
    var serverPID: Int32? { tree.serverPID }

    /// The same, once the lifeline has got as far as to start it.
    /// - Returns: nil where nobody can tell, or the process ended before.
    func startedServerPID(_ process: ServerProcess) async -> Int32? {
        // A second at most: without a number the server runs as well.
        for _ in 0..<1000 where TreeWatch.isPossible {
            if let pid = serverPID { return pid }
            if process.hasEnded { return nil }
            guard (try? await Task.sleep(for: .milliseconds(1))) != nil else { return nil }
        }
        return nil
    }

    func sample() { tree.sample() }

    /// Whose process answers there.
    func owner(of target: ProbeTarget) -> PortOwner { sockets.owner(of: target) }

    /// What it did, or did not do, when it was asked last.
    func note(_ answer: ProbeAnswer) { probes.note(answer) }

    /// A warm-up request is under way: whatever happens now, happens in its course.
    var isWarmingUp: Bool {
        get { contents.withLock { $0.isWarmingUp } }
        set { contents.withLock { $0.isWarmingUp = newValue } }
    }

    /// What is known now.
    /// - Parameter end: how the server ended; nil where it still runs.
    func evidence(end: ServerProcess.End?, droppedOutput: Int) -> FailureEvidence {
        evidence(tree.facts(end: end), droppedOutput: droppedOutput)
    }

    /// The same with what is known of the server's processes already.
    func evidence(_ facts: TreeFacts, droppedOutput: Int) -> FailureEvidence {
        var evidence = FailureEvidence(droppedOutputBytes: droppedOutput > 0 ? droppedOutput : nil)
        facts.add(to: &evidence)
        probes.add(to: &evidence)
        sockets.add(to: &evidence)
        return evidence
    }
}
