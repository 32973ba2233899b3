import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle
import UnixSignals

/// What `run` does once its models are under way: waits for READY, keeps them, unloads them.
struct RunSession: Sendable {
    let groups: [FallbackPreloader]
    let once: Bool
    let terminal: TerminalLog
    let path: String
    /// Whether the log has told each failure already.
    let logsFailures: Bool
    /// What keeps the service manager informed; nil where there is none.
    let notice: ServiceNotice?

    private enum Event: Sendable {
        case ended(Bool)
        case signal
        case ignored
    }

    /// - Returns: true after a clean unload of every model.
    func run(until signals: UnixSignalsSequence) async -> Bool {
        return await withTaskGroup(of: Event.self) { group in
            group.addTask { .ended(await watchAll()) }
            group.addTask {
                for await _ in signals { return .signal }
                return .ignored
            }
            group.addTask {
                await notice?.run()
                return .ignored
            }
            group.addTask {
                await LiveLine(terminal, groups, path: path).run()
                return .ignored
            }
            var succeeded = true
            var stopped = false
            events: for await event in group {
                switch event {
                case .ended(let result):
                    succeeded = result
                    break events
                case .signal:
                    stopped = true
                    break events
                case .ignored: continue
                }
            }
            // A stop while another attempt is planned, or under way, is no failure.
            if stopped { succeeded = groups.allSatisfy { !hasFailed($0) } }
            notice?.stopping()
            let unloaded = await unloadAll()
            group.cancelAll()
            terminal.clearLine()
            return succeeded && unloaded
        }
    }

    /// Ends once nothing is left to do for any model: a model that has failed for good does not take
    /// those with it that serve.
    /// - Returns: false where one of them has failed for good.
    private func watchAll() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            for candidates in groups { group.addTask { await watch(candidates) } }
            return await group.reduce(true) { $0 && $1 }
        }
    }

    /// - Returns: false where neither the wanted model nor any of its fallbacks is left.
    private func watch(_ group: FallbackPreloader) async -> Bool {
        var current: ModelPreloader? = group.preferred
        while let preloader = current {
            if await watch(preloader) { return true }
            current = await group.begin(after: preloader)
        }
        return false
    }

    private func hasFailed(_ group: FallbackPreloader) -> Bool {
        guard let last = group.preloaders.last else { return false }
        return last.state == .error && last.health.nextRetryAt == nil
    }

    private func watch(_ preloader: ModelPreloader) async -> Bool {
        let transitions = preloader.transitions
        while !Task.isCancelled {
            // The run's own deadline ends the wait, and the budget the retries; this is only a bound.
            guard await preloader.waitUntilReady(timeout: .seconds(100 * 365 * 86400)) else {
                // Where somebody asked for the unload there is nothing to explain.
                if preloader.health.lastError != nil, preloader.state != .unloading { explain(preloader) }
                return false
            }
            announce(preloader)
            if once { return true }
            // Earlier attempts' rows may still be in the stream; only this run's end counts.
            let run = preloader.health.run?.runID
            var isOver = false
            for await transition in transitions where transition.run.runID == run {
                isOver = transition.to == .error || transition.to == .unloading
                if isOver { break }
            }
            // Nothing more will be told: another engine drives the model now.
            if !isOver, !Task.isCancelled {
                explain(preloader)
                return false
            }
        }
        return true
    }

    /// Where a model has failed for good, its row in ERROR stays the last word; one that waits for another
    /// attempt is taken out of ERROR, so that none begins.
    private func unloadAll() async -> Bool {
        for group in groups { group.stop() }
        return await withTaskGroup(of: Bool.self) { group in
            for preloader in groups.flatMap(\.preloaders) {
                if preloader.state != .error || preloader.health.nextRetryAt != nil {
                    group.addTask { await preloader.unload() }
                } else {
                    // What failed is being released: a server gets the time to stop that it was promised.
                    group.addTask {
                        _ = await preloader.released(timeout: preloader.configuration.unloadTimeout)
                        return true
                    }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
    }

    private func announce(_ preloader: ModelPreloader) {
        let health = preloader.health
        let parts = [("load", health.loadTime), ("warm-up", health.warmupTime)].compactMap { name, time in
            time.map { "\(name) \(DurationText.long($0.wholeMicroseconds))" }
        }
        let place = health.wanted.map { " in place of \(Escaping.visible($0))" } ?? ""
        let model = Escaping.visible(preloader.configuration.model)
        terminal.line("\(model) is READY\(place) (\(parts.joined(separator: ", ")))")
        // Such a model may well transcribe nothing, and nothing else tells.
        if let phrase = preloader.evidence?.outputTail.flatMap(RunWarnings.phrase) {
            let text = "\(preloader.configuration.model) reached READY \(phrase)"
            terminal.line(Escaping.visible(Redaction.redact(text)))
        }
    }

    /// Where to look; why it failed stands in the log, right above.
    private func explain(_ preloader: ModelPreloader) {
        let health = preloader.health
        let reason = logsFailures ? nil : health.lastError.map { ": \($0)" }
        let run = health.run.map { [String($0.runID.rawValue.prefix(13))] } ?? []
        let command = Invocation.ofProcess.command(["postmortem"] + run)
        let text = "modeljournal: \(preloader.configuration.model) is not READY\(reason ?? "")"
        terminal.line(Escaping.visible(Redaction.redact(text)) + "; why: \(Escaping.visible(command))")
    }

    /// Transitions that never reached the journal go to stderr, as `export` would have put them out.
    func report(unwritten: [Transition], of configuration: RunConfiguration, by engine: EngineID) {
        for transition in unwritten {
            do {
                let exported = try ExportedTransition(unwritten: transition, of: configuration, by: engine)
                terminal.line(JSONText.compact(exported.value))
            } catch {
                terminal.line(
                    "modeljournal: transition \(transition.ordinal) of run \(transition.run.runID) is lost: \(error)")
            }
        }
    }
}
