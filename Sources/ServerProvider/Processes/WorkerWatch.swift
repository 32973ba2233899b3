import Foundation
import ModelLifecycle

/// Tells which of a server's processes that end are workers, and which ones take their place. A value: the processes
/// are handed in.
struct WorkerWatch: Sendable {
    /// A worker that ended, and perhaps the one that came for it.
    struct Change: Sendable, Hashable {
        var ended: EndedProcess
        var isKilledForMemory = false
        var replacement: SeenProcess?
        /// Between the two; nil if there was no replacement.
        var pause: Duration?
        /// False if the watch ended before one could come.
        var wasWaitedFor = true
    }

    /// How long a replacement is waited for.
    static let patience = Duration.seconds(60)
    /// How long a server that needs its workers may be without one.
    static let grace = Duration.seconds(5)
    /// One that was there when the server became READY, and stays for as long, is no passing helper.
    private static let settled = Duration.seconds(5)
    /// A later one is a worker if it was there for as long.
    private static let proven = Duration.seconds(60)

    private var firstSeen: [SeenProcess.Key: ContinuousClock.Instant] = [:]
    private var early: Set<SeenProcess.Key> = []
    private var waiting: [Change] = []
    /// Those that came while a replacement was waited for. One that has just been forked still has its parent's name, and
    /// is known as a replacement only at a later look.
    private var fresh: Set<SeenProcess.Key> = []

    /// What is there from before the server was READY.
    mutating func see(_ processes: [SeenProcess], at now: ContinuousClock.Instant) {
        firstSeen = Dictionary(uniqueKeysWithValues: processes.map { ($0.key, firstSeen[$0.key] ?? now) })
        early = Set(firstSeen.keys)
    }

    /// - Parameters:
    ///   - processes: all that run now.
    ///   - ended: those that have ended since the last call.
    ///   - killed: the process IDs among those that are known to have been killed for memory.
    /// - Returns: what is worth telling; a replacement is told together with the end.
    mutating func changes(
        _ processes: [SeenProcess], _ ended: [EndedProcess], killedForMemory killed: Set<Int32>,
        at now: ContinuousClock.Instant
    ) -> [Change] {
        let new = processes.filter { firstSeen[$0.key] == nil }
        for process in new { firstSeen[process.key] = now }
        let gone = Set(ended.map(\.process.pid))
        for end in ended {
            // The processes of a worker go with it.
            guard !gone.contains(end.process.parent) else { continue }
            waiting.append(Change(ended: end, isKilledForMemory: killed.contains(end.process.pid)))
        }
        for index in waiting.indices where killed.contains(waiting[index].ended.process.pid) {
            waiting[index].isKilledForMemory = true
        }
        if !waiting.isEmpty { fresh.formUnion(new.map(\.key)) }
        var result: [Change] = []
        var unclaimed = processes.filter { fresh.contains($0.key) }
        waiting = waiting.compactMap { change in
            var change = change
            let old = change.ended.process
            if let place = unclaimed.firstIndex(where: { $0.parent == old.parent && $0.name == old.name }) {
                change.replacement = unclaimed.remove(at: place)
                if let new = change.replacement { fresh.remove(new.key) }
                change.pause = now - change.ended.at
                // It inherits what its predecessor was.
                if let new = change.replacement, early.contains(old.key) { early.insert(new.key) }
                if isWorker(change) { result.append(change) }
                return nil
            }
            guard now - change.ended.at >= Self.patience else { return change }
            if isWorker(change) { result.append(change) }
            return nil
        }
        let known = Set(processes.map(\.key)).union(waiting.map(\.ended.process.key))
        firstSeen = firstSeen.filter { known.contains($0.key) }
        early.formIntersection(known)
        fresh = waiting.isEmpty ? [] : fresh.intersection(known)
        return result
    }

    /// The watch is over: those that ended and have no replacement yet.
    mutating func unfinished() -> [Change] {
        defer { waiting = [] }
        return waiting.filter(isWorker).map { change in
            var change = change
            change.wasWaitedFor = false
            return change
        }
    }

    /// A worker from before READY that crashed, and was not replaced within the grace; nil if every one was.
    func missing(at now: ContinuousClock.Instant) -> Change? {
        waiting.first { change in
            // Before Linux 6.15 only its parent knows how it ended.
            let isLost = change.isCrash || change.ended.waitStatus == nil
            return isLost && early.contains(change.ended.process.key) && now - change.ended.at >= Self.grace
        }
    }

    private func isWorker(_ change: Change) -> Bool {
        if change.isKilledForMemory { return true }
        let old = change.ended.process
        guard early.contains(old.key) else { return wasThere(old, for: Self.proven, change) }
        // What is started again at once was no passing helper, however young; and no helper ends by SIGKILL or a crash.
        return change.replacement != nil || change.isCrash || wasThere(old, for: Self.settled, change)
    }

    private func wasThere(_ process: SeenProcess, for duration: Duration, _ change: Change) -> Bool {
        firstSeen[process.key].map { change.ended.at - $0 >= duration } ?? false
    }
}

extension WorkerWatch.Change {
    /// Ended by what no program asks for.
    var isCrash: Bool {
        switch ended.signal {
        case SIGKILL, SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE: true
        default: false
        }
    }

    /// - Parameter limit: stands behind a kill for memory.
    func text(limit: String) -> String {
        let status = ended.waitStatus
        let how: String
        if isKilledForMemory {
            how = "was killed for memory\(limit)"
        } else if let signal = ended.signal {
            how = "ended by \(SignalName.of(signal))"
        } else if let status {
            how = "ended with status \(status >> 8 & 0xFF)"
        } else {
            how = "ended"
        }
        let worker = "worker \(ended.process.pid) (\(ended.process.name)) \(how)"
        guard let replacement, let pause else {
            guard wasWaitedFor else { return worker }
            return "\(worker), and was not replaced within \(WorkerWatch.patience.brief)"
        }
        // There are a second's pauses between two looks on a busy machine, so less than that is not known.
        let time = pause < .seconds(2) ? "at once" : "after \(pause.components.seconds) s"
        return "\(worker), replaced by \(replacement.pid) \(time)"
    }
}
