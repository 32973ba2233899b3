import ModelLifecycle
import Synchronization

/// Keeps watch over a server's processes, their memory and the kernel's count of processes killed for memory. It
/// samples, as most of it is gone once a process is.
final class TreeWatch: Sendable {
    private struct Contents {
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
        var notes = NoteLimit()
        var report: (@Sendable (RunNote) -> Void)?
    }

    /// How long a kill for memory may have been ago to explain why a server that was READY ended.
    private static let recently = Duration.seconds(15)
    /// Of one processor, so that the watch costs no more whatever the number of processes: 1 of 200 parts. At first it
    /// may cost more, to find the groups and the workers of a server that ends early.
    private static let costFactor = 200, firstCostFactor = 20
    private static let first = Duration.seconds(3)
    private static let maximumHandles = 256

    #if os(Linux)
        static let isPossible = true
    #else
        static let isPossible = false
    #endif

    private let lifelinePID: Int32
    private let start: ContinuousClock.Instant
    private let contents: Mutex<Contents>

    init(lifelinePID: Int32, report: (@Sendable (RunNote) -> Void)? = nil) {
        self.lifelinePID = lifelinePID
        start = .now
        contents = Mutex(Contents(report: report))
        contents.withLock { contents in
            // Until there is a process of the server's, it will be in the lifeline's group.
            if let group = MemoryGroup.of(lifelinePID) { contents.groups[group] = .some(group.kills) }
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
            let pause: Duration =
                .now < start + Self.first
                ? .milliseconds(20) : contents.withLock { $0.readySince == nil ? .milliseconds(250) : .seconds(1) }
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }

    /// - Parameter isForced: although the last one is not long ago.
    func sample(isForced: Bool = false) {
        let notes = contents.withLock { contents -> [RunNote] in
            let begun = ContinuousClock.now
            guard isForced || begun >= contents.nextSample ?? begun else { return [] }
            let ended = lookAtProcesses(&contents, begun)
            lookAtMemory(&contents, begun)
            let notes = workerNotes(ended, &contents, begun)
            let cost = ContinuousClock.now - begun
            let factor = begun < start + Self.first ? Self.firstCostFactor : Self.costFactor
            contents.nextSample = begun + max(.milliseconds(15), cost * factor)
            return notes
        }
        let report = contents.withLock { $0.report }
        for note in notes { report?(note) }
    }

    // MARK: - One sample

    private func lookAtProcesses(_ contents: inout Contents, _ now: ContinuousClock.Instant) -> [EndedProcess] {
        let found = ProcessTree.processes(ofLifeline: lifelinePID)
        // The oldest one; before it is executed, it has the lifeline's name.
        let server = contents.server?.pid ?? found.first { $0.parent == lifelinePID }?.pid
        contents.server = found.first { $0.pid == server } ?? contents.server
        let living = found.filter { !$0.hasEnded }
        let keys = Set(living.map(\.key))
        var ended: [EndedProcess] = []
        var processes = living
        for before in contents.processes where !keys.contains(before.key) {
            // One whose parent ends at this moment may have been missed.
            let now = ProcessTree.process(before.pid).flatMap { $0.start == before.start ? $0 : nil }
            if let now, !now.hasEnded {
                processes.append(now)
                continue
            }
            let status = contents.handles.removeValue(forKey: before.pid)?.waitStatus ?? now?.waitStatus
            ended.append(EndedProcess(process: before, at: .now, waitStatus: status))
        }
        for process in processes where contents.handles[process.pid] == nil {
            guard contents.handles.count < Self.maximumHandles else { break }
            contents.handles[process.pid] = ProcessHandle(process.pid)
        }
        contents.processes = processes
        // The server's own end is known better from the lifeline, and is reported from there.
        ended.removeAll { $0.process.pid == server }
        if let server, processes.contains(where: { $0.pid == server }),
            let time = Self.processorTime(of: server, processes)
        {
            contents.processorTime = time
        }
        let serverRuns = processes.contains { $0.pid == server }
        for end in ended {
            var end = end
            end.isBeforeServer = serverRuns
            contents.history.add(end)
        }
        return ended
    }

    private static func processorTime(of server: Int32, _ processes: [SeenProcess]) -> ProcessorTime? {
        #if os(Linux)
            ProcFile.text("/proc/\(server)/limits").flatMap { ProcessorTime(limits: $0, processes) }
        #else
            nil
        #endif
    }

    private func lookAtMemory(_ contents: inout Contents, _ now: ContinuousClock.Instant) {
        contents.history.add(contents.processes.compactMap { HostMemory.resident(of: $0.pid) })
        for process in contents.processes {
            guard let group = MemoryGroup.of(process.pid), contents.groups[group] == nil else { continue }
            contents.groups[group] = .some(group.kills)
        }
        count(&contents, now)
        if let server = contents.processes.first(where: { $0.pid == contents.server?.pid }) ?? contents.processes.first,
            let group = MemoryGroup.of(server.pid)
        {
            contents.limit = group.limit
        }
        guard let available = HostMemory.available() else { return }
        contents.available.append((now, available))
        contents.available.removeAll { $0.at < now - .seconds(5) }
    }

    private func count(_ contents: inout Contents, _ now: ContinuousClock.Instant) {
        let hostKills = HostMemory.kills()
        if let before = contents.hostKills, let hostKills, hostKills > before { contents.history.noteHostKill(at: now) }
        contents.hostKills = hostKills ?? contents.hostKills
        var more: [MemoryGroup: Int] = [:]
        for (group, before) in contents.groups {
            guard let after = group.kills else { continue }
            contents.history.couldCount()
            contents.groups[group] = .some(after)
            if let before, after > before { more[group] = after - before }
        }
        // Version 2 counts a kill in the groups around it as well, so an inner one is in the outer one's count.
        let kills = more.filter { group, _ in !more.keys.contains { $0.counts(killsIn: group) } }
        guard !kills.isEmpty else { return }
        let known = Set(contents.processes.map(\.pid) + [lifelinePID, ProcessTree.ownPID])
        contents.history.isShared = kills.keys.contains { $0.hasMembers(otherThan: known) }
        contents.history.add(kills: kills.values.reduce(0, +), at: now)
    }

    // MARK: - What it tells

    private func workerNotes(
        _ ended: [EndedProcess], _ contents: inout Contents, _ now: ContinuousClock.Instant
    ) -> [RunNote] {
        guard contents.readySince != nil, let server = contents.server?.pid else {
            contents.workers.see(contents.processes, at: now)
            return []
        }
        // The lifeline ends the rest once the server itself has ended.
        guard contents.processes.contains(where: { $0.pid == server }) else { return [] }
        let killed = Set(contents.history.kills(since: now - Self.recently).processes.map(\.process.pid))
        let limit = contents.limit
        let changes = contents.workers.changes(contents.processes, ended, killedForMemory: killed, at: now)
        return changes.compactMap { change in
            guard let more = contents.notes.allows(.worker, at: now) else { return nil }
            let limited = change.isKilledForMemory ? limit.map { " (limit \(ByteText.of($0.limit)))" } ?? "" : ""
            var note = RunNote(.worker, message: change.text(limit: limited) + more)
            if change.isKilledForMemory {
                var evidence = FailureEvidence(oomKill: .confirmed)
                evidence.memoryKills = contents.history.totalKills
                evidence.killedProcessIDs = [change.ended.process.pid]
                evidence.memoryLimitBytes = limit?.limit
                evidence.memoryGroupPeakBytes = limit?.peak
                note.evidence = evidence
            }
            return note
        }
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
