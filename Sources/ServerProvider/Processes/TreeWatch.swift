import ModelLifecycle
import Synchronization

/// Keeps watch over a server's processes, their memory and the kernel's count of processes killed for memory. It
/// samples, as most of it is gone once a process is.
final class TreeWatch: Sendable {
    struct Contents {
        var history = TreeHistory()
        /// As the last sample found them.
        var processes: [SeenProcess] = []
        var handles: [Int32: ProcessHandle] = [:]
        /// The groups of the processes, with the count of kills at the last sample; nil if it could not be read.
        var groups: [MemoryGroup: Int?] = [:]
        var server: SeenProcess?
        var limit: MemoryGroup.Limit?
        /// Of the whole host.
        var hostKills: Int?
        var processorTime: ProcessorTime?
        /// The least that was available on the host lately.
        var available: [(at: ContinuousClock.Instant, bytes: Int64)] = []
        var nextSample: ContinuousClock.Instant?
        var readySince: ContinuousClock.Instant?
        var workers = WorkerWatch()
        /// What is still to be told of workers.
        var untold: [WorkerWatch.Change] = []
        var notes = NoteLimit()
        var report: (@Sendable (RunNote) -> Void)?
    }

    /// How long a kill for memory may have been ago to explain why a server that was READY ended.
    static let recently = Duration.seconds(15)
    /// Of one processor, so that the watch costs no more whatever the number of processes: 1 of 200 parts. At first it
    /// may cost more, to find the groups and the workers of a server that ends early.
    private static let costFactor = 200, firstCostFactor = 20
    private static let first = Duration.seconds(3)
    /// Once it is READY. vLLM's server ends a second after its worker, and the worker has to be missed before.
    private static let usual = Duration.milliseconds(500)

    /// Until it is READY: a server that ends at once must have been seen, and one that loads for long changes little.
    private static func pause(after elapsed: Duration) -> Duration {
        min(max(.milliseconds(20), elapsed / 20), .milliseconds(250))
    }

    #if os(Linux)
        static let isPossible = true
    #else
        static let isPossible = false
    #endif

    let lifelinePID: Int32
    private let start: ContinuousClock.Instant
    let contents: Mutex<Contents>

    init(lifelinePID: Int32, report: (@Sendable (RunNote) -> Void)? = nil) {
        self.lifelinePID = lifelinePID
        start = .now
        contents = Mutex(Contents(report: report))
        contents.withLock { contents in
            // Until there is a process of the server's, it will be in the lifeline's group.
            if let group = MemoryGroup.of(lifelinePID) {
                contents.groups[group] = .some(group.kills)
                contents.limit = group.limit
            }
        }
        sample()
    }

    /// The server's own process; nil if it is not known, or gone.
    var serverPID: Int32? {
        // The oldest child of the lifeline; later ones are orphans that it has adopted.
        ProcessTree.processes(ofLifeline: lifelinePID).first { $0.parent == lifelinePID && !$0.hasEnded }?.pid
    }

    /// All processes of the server that run.
    var processIDs: [Int32] { ProcessTree.members(ofLifeline: lifelinePID) }

    /// From here on a worker that ends is worth a note.
    func becameReady() {
        contents.withLock { contents in
            contents.readySince = .now
            _ = lookAtProcesses(&contents, .now)
            contents.workers.see(contents.processes, at: .now)
        }
    }

    /// Samples until it is cancelled.
    func watch() async {
        while !Task.isCancelled {
            sample()
            let pause = contents.withLock { $0.readySince != nil } ? Self.usual : Self.pause(after: .now - start)
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }

    /// - Parameter isForced: although the last one is not long ago.
    func sample(isForced: Bool = false) {
        let notes = contents.withLock { contents -> [RunNote] in
            let begun = ContinuousClock.now
            // Not the time that passes: on a busy host others take most of it, and a sample then matters most.
            let cost = ThreadTime.now
            guard isForced || begun >= contents.nextSample ?? begun else { return [] }
            let ended = lookAtProcesses(&contents, begun)
            lookAtMemory(&contents, begun)
            let notes = workerNotes(ended, &contents, begun)
            let spent = ThreadTime.now - cost
            let factor = begun < start + Self.first ? Self.firstCostFactor : Self.costFactor
            contents.nextSample = begun + max(.milliseconds(15), spent * factor)
            return notes
        }
        let report = contents.withLock { $0.report }
        for note in notes { report?(note) }
    }

    /// The worker that a server has lost for good, and how; nil if it has not lost one.
    func lostWorker() -> String? {
        sample()
        return contents.withLock { contents in
            guard var change = contents.workers.missing(at: .now) else { return nil }
            change.wasWaitedFor = false
            return "\(change.text(limit: "")), and was not replaced within \(WorkerWatch.grace.brief)"
        }
    }

    /// The last of its processes that was killed since then, although the server itself ran on.
    func lastKill(since start: ContinuousClock.Instant) -> EndedProcess? {
        sample(isForced: true)
        return contents.withLock { $0.history.lastKill(since: start) }
    }

    /// What is known now.
    /// - Parameter end: how the server ended; nil if it still runs.
    func facts(end: ServerProcess.End?) -> TreeFacts {
        sample(isForced: true)
        return contents.withLock { contents in
            let now = ContinuousClock.now
            if let end, let server = contents.server, !contents.history.knowsEnd(of: server.pid) {
                contents.history.add(
                    EndedProcess(process: server, at: now, waitStatus: end.waitStatus, isBeforeServer: false))
            }
            // Long before, a worker may have been killed and replaced; that explains nothing now.
            let start = contents.readySince == nil ? start : max(start, now - Self.recently)
            var facts = TreeFacts(
                history: contents.history, since: start, limit: contents.limit, serverPID: contents.server?.pid,
                leastAvailable: contents.available.map(\.bytes).min(), end: end)
            facts.processorTime = contents.processorTime
            return facts
        }
    }
}
