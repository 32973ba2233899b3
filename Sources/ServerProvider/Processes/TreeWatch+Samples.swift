import ModelLifecycle
import Synchronization

/// One look at the processes of a server. All of it runs while the contents are held.
extension TreeWatch {
    private static let maximumHandles = 256
    private static let maximumGroups = 64

    func lookAtProcesses(_ contents: inout Contents, _ now: ContinuousClock.Instant) -> [EndedProcess] {
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

    func lookAtMemory(_ contents: inout Contents, _ now: ContinuousClock.Instant) {
        contents.history.add(contents.processes.compactMap { HostMemory.resident(of: $0.pid) })
        for process in contents.processes {
            guard contents.groups.count < Self.maximumGroups, let group = MemoryGroup.of(process.pid),
                contents.groups[group] == nil
            else { continue }
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

    func workerNotes(
        _ ended: [EndedProcess], _ contents: inout Contents, _ now: ContinuousClock.Instant
    ) -> [RunNote] {
        guard contents.readySince != nil, let server = contents.server?.pid else {
            contents.workers.see(contents.processes, at: now)
            return []
        }
        // The lifeline ends the rest once the server itself has ended.
        guard contents.processes.contains(where: { $0.pid == server }) else { return [] }
        let killed = Set(contents.history.kills(since: now - Self.recently).processes.map(\.process.pid))
        contents.untold += contents.workers.changes(contents.processes, ended, killedForMemory: killed, at: now)
        // Several workers may end within moments: they are told together as soon as it may be.
        guard contents.notes.isOpen(.worker, at: now) else { return [] }
        return told(&contents, now)
    }

    /// A note of all that is to be told of workers; none if nothing is.
    func told(_ contents: inout Contents, _ now: ContinuousClock.Instant) -> [RunNote] {
        let changes = contents.untold
        contents.untold = []
        guard !changes.isEmpty, let more = contents.notes.allows(.worker, at: now) else { return [] }
        let limit = contents.limit
        let texts = changes.prefix(Self.listed).map { change in
            change.text(
                limit: change.isKilledForMemory ? limit.map { " (limit \(ByteText.of($0.limit)))" } ?? "" : "")
        }
        let rest = changes.count > Self.listed ? "; \(changes.count - Self.listed) more workers ended" : ""
        var note = RunNote(.worker, message: texts.joined(separator: "; ") + rest + more)
        let killed = changes.filter(\.isKilledForMemory).map(\.ended.process.pid)
        if !killed.isEmpty {
            var evidence = FailureEvidence(oomKill: .confirmed)
            evidence.memoryKills = contents.history.totalKills
            evidence.killedProcessIDs = killed
            evidence.memoryLimitBytes = limit?.limit
            evidence.memoryGroupPeakBytes = limit?.peak
            note.evidence = evidence
        }
        return [note]
    }

    /// How many workers one note names.
    private static let listed = 6

    /// Tells what is still untold of workers, as nothing will be watched any more.
    func tellTheRest() {
        sample(isForced: true)
        let (notes, report) = contents.withLock { contents -> ([RunNote], (@Sendable (RunNote) -> Void)?) in
            contents.untold += contents.workers.unfinished()
            contents.notes.reopen(.worker)
            return (told(&contents, .now), contents.report)
        }
        for note in notes { report?(note) }
    }
}
