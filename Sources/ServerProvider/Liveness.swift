import ModelLifecycle

/// Watches a server that is READY.
struct Liveness: Sendable {
    let configuration: ServerConfiguration
    let process: ServerProcess
    let evidence: EvidenceWatch
    let http: HTTPExchange
    let identifiers: TraceIdentifiers
    let report: @Sendable (RunNote) -> Void

    /// - Returns: what ended READY; nil where the watch was called off, or the server asked to stop.
    func watch() async -> Failure? {
        await withTaskGroup { group in
            group.addTask { await untilItEnds() }
            if configuration.livenessProber(at: evidence.address.target, identifiers, http: http) != nil {
                group.addTask { await untilItIsUnhealthy() }
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func untilItEnds() async -> Failure? {
        guard let end = try? await process.waitForEnd(), !process.wasAskedToStop else { return nil }
        let program = configuration.command.first?.split(separator: "/").last.map(String.init) ?? "the server"
        // The warm-up notices the same end, and whoever is first reports it.
        let when = evidence.isWarmingUp ? ServerFailure.When.duringWarmup : .afterReady
        return ServerFailure.of(end, program: program, when: when, configuration, process, evidence)
    }

    /// No machine that only is busy wakes a task this late.
    private static let busyMachine = Duration.seconds(2)

    private func untilItIsUnhealthy() async -> Failure? {
        var failures = 0
        /// Those of a server that did nothing meanwhile.
        var idleFailures = 0
        var isShared = false
        var notes = NoteLimit()
        var lastGood = ContinuousClock.now
        var complaint = ""
        var slept = ContinuousClock.now
        while (try? await Task.sleep(for: configuration.livenessInterval)) != nil {
            // The engine was stopped meanwhile, and perhaps the server with it: that time is no silence.
            let late = ContinuousClock.now - slept - configuration.livenessInterval
            if late > Self.busyMachine { lastGood += late }
            defer { slept = .now }
            // Some servers do one thing at a time; how long a warm-up may take is another deadline's matter.
            guard !evidence.isWarmingUp else {
                (failures, idleFailures, lastGood) = (0, 0, .now)
                continue
            }
            guard let prober = configuration.livenessProber(at: evidence.address.target, identifiers, http: http) else {
                continue
            }
            let work = TreeWork(of: evidence.tree.processIDs)
            let asked = ContinuousClock.now
            let answer = await prober.ask()
            guard !Task.isCancelled else { return nil }
            guard !evidence.isWarmingUp else { continue }
            let answered = ContinuousClock.now - asked
            if !answer.isAlive, answered > configuration.probeTimeout + Self.busyMachine {
                lastGood += answered
                continue
            }
            evidence.note(answer)
            evidence.sample()
            if answer.isAlive, configuration.needsWorkers, let lost = evidence.tree.lostWorker() {
                evidence.tree.tellTheRest()
                return Failure(.runtimeUnhealthy, "\(lost); the probe is still answered, but requests will fail")
            }
            if answer.isAlive {
                if failures > 0, let more = notes.allows(.liveness, at: .now) {
                    report(recovery(after: failures, complaint, since: lastGood, more))
                }
                (failures, idleFailures, lastGood) = (0, 0, .now)
                if !isShared, let other = sharer() {
                    isShared = true
                    report(
                        RunNote(.liveness, message: "\(other) listens on the same port and gets a part of the requests")
                    )
                }
                continue
            }
            complaint = answer.summary
            failures += 1
            let silence = ContinuousClock.now - lastGood
            if answer.isLate, let busy = busyness(since: work, asked), silence < configuration.livenessTimeout {
                if let more = notes.allows(.liveness, at: .now) {
                    report(RunNote(.liveness, message: "\(complaint); it is busy: \(busy)\(more)"))
                }
                continue
            }
            idleFailures += 1
            let isEnough = idleFailures >= configuration.failureThreshold || silence >= configuration.livenessTimeout
            guard isEnough || answer.failure != nil else { continue }
            // A server that has died is no server that is unhealthy.
            if await process.endsSoon() != nil { return await untilItEnds() }
            evidence.tree.tellTheRest()
            let times = failures == 1 ? "the probe failed" : "\(failures) probes in a row failed"
            // A server may answer well for a moment after it has lost a process.
            let lost = evidence.tree.lastKill(since: lastGood - TreeWatch.recently).flatMap(ServerFailure.remark)
            let remark = lost.map { "; \($0)" } ?? ""
            return Failure(.runtimeUnhealthy, "\(times); the last: \(answer.line)\(remark)")
        }
        return nil
    }

    /// Who has come to the server's port since it is READY.
    private func sharer() -> String? {
        guard let target = evidence.address.target, case .shared(_, let other) = evidence.owner(of: target) else {
            return nil
        }
        return other.text
    }

    /// What a server that gives no answer is doing, where it is doing something.
    private func busyness(since before: TreeWork?, _ start: ContinuousClock.Instant) -> String? {
        guard let before, let now = TreeWork(of: evidence.tree.processIDs) else { return nil }
        let time = ContinuousClock.now - start
        guard now.isMore(than: before, after: time) else { return nil }
        let tenths = Int((now.processors(since: before, time) * 10).rounded())
        return "it used \(tenths / 10).\(tenths % 10) processors meanwhile"
    }
}

extension Liveness {
    private func recovery(
        after failures: Int, _ complaint: String, since: ContinuousClock.Instant, _ more: String
    ) -> RunNote {
        let time = (ContinuousClock.now - since).brief
        let probes = failures == 1 ? "1 failed probe" : "\(failures) failed probes"
        return RunNote(
            .liveness, message: "\(time) without a good answer: \(complaint); answered again after \(probes)\(more)",
            evidence: FailureEvidence(lastProbe: complaint))
    }
}

extension ServerProcess {
    func ends(within duration: Duration) async -> Bool {
        await withTaskGroup { group in
            group.addTask { (try? await self.waitForEnd()) != nil }
            group.addTask {
                try? await Task.sleep(for: duration)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Its end, where it comes within moments: sockets close a little before the exit status is there.
    func endsSoon() async -> End? {
        if await !ends(within: .milliseconds(500)) {
            // Others may have something to say before they go, and only then is it at its end.
            guard isWithoutServer, await ends(within: .seconds(5)) else { return nil }
        }
        return try? await waitForEnd()
    }
}
