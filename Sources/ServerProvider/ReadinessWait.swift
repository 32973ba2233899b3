import Foundation
import ModelLifecycle

/// Asks a server that starts until it is ready: its own processes have to answer, and not others on the same port.
struct ReadinessWait: Sendable {
    let configuration: ServerConfiguration
    let process: ServerProcess
    let evidence: EvidenceWatch
    let http: HTTPExchange
    let context: LoadContext

    /// Returns once the server is ready.
    /// - Throws: `Failure` where it never will be.
    func wait() async throws {
        guard var target = evidence.address.target, var prober = configuration.prober(http: http, at: target) else {
            return
        }
        let start = ContinuousClock.now
        let pace = ProbePace(limit: configuration.probeInterval)
        var successes = 0
        var last: ProbeAnswer?
        var search = AddressSearch(configuration, evidence, http, origin: target)
        var progress = LoadProgress(modelBytes: context.modelBytes)
        var sharedSince: ContinuousClock.Instant?
        while true {
            let asked = ContinuousClock.now
            var answer = await evidence.probes.ask(prober)
            try Task.checkCancellation()
            let cost = ContinuousClock.now - asked
            // What it says counts only if the server says it.
            let owner = answer.isReady || answer.failure != nil ? evidence.owner(of: target) : .server
            if let objection = owner.objection(to: target) {
                (answer.isReady, answer.failure) = (false, nil)
                answer.summary += ", but \(objection)"
            }
            evidence.note(answer)
            if answer.isReady, successes + 1 >= configuration.readySuccesses { return }
            evidence.sample()
            if let look = progress.look(at: evidence.tree) {
                if look.isProgress { context.reportProgress() }
                if let words = look.words { context.reportNote(RunNote(.status, message: words)) }
            }
            if case .shared(let own, let other) = owner {
                let since = sharedSince ?? .now
                sharedSince = since
                // The younger one gives way; if it does not, the older one cannot be ready either.
                if !own.isOlder(than: other) || .now - since > Self.patience { throw shared(with: other, target) }
            } else if answer.isReady {
                sharedSince = nil
            }
            if let words = answer.failure {
                throw neverReady(words, target)
            }
            successes = answer.isReady ? successes + 1 : 0
            // Another answer than before: it is getting somewhere.
            if let last, last != answer { context.reportProgress() }
            last = answer
            if !answer.isReady, configuration.followsServer, search.isDue,
                let found = await search.look(answer, from: target)
            {
                (target, prober) = (found.target, found.prober)
                evidence.address.target = target
                context.reportProgress()
                continue
            }
            // One good answer after the other tells nothing if no time lies between them.
            if successes > 0 {
                try await Task.sleep(for: configuration.probeInterval)
            } else {
                try await pause(pace, after: .now - start, cost: cost, target)
            }
        }
    }

    /// While nothing listens at the address, a look at the kernel's list takes the place of most probes: it costs a small
    /// part of one, and the server nothing.
    private func pause(_ pace: ProbePace, after elapsed: Duration, cost: Duration, _ target: ProbeTarget) async throws {
        let usual = pace.pause(after: elapsed, cost: cost)
        guard let (host, port) = target.address, LocalListeners.hasOne(at: host, port: port) == false,
            LocalListeners.refuses(host, port: port), let before = LocalListeners.inodes
        else { return try await Task.sleep(for: usual) }
        // A socket in the file system is not on that list.
        let end = ContinuousClock.now + (configuration.supposesPort ? usual : pace.pauseWithoutListener(after: elapsed))
        // The server may listen elsewhere than it is expected to.
        try await ListenerWait(host: host, port: port, known: before, interval: pace.look(after: elapsed)).wait(
            until: end)
    }

    /// How long the older of two servers that share a port waits for the younger one to give way. One that does not has
    /// the port for good: it was READY before this one listened.
    private static let patience = Duration.seconds(3)

    private func neverReady(_ words: String, _ target: ProbeTarget) -> Failure {
        // The command is missing, or is not one: it says nothing of the server.
        if case .exec = target { return Failure(.providerNotAvailable, "the probe cannot succeed: \(words)") }
        return Failure(.modelLoadFailed, "the server says that it will not be ready: \(words)")
    }

    private func shared(with other: PortOwner.Listener, _ target: ProbeTarget) -> Failure {
        let port = target.address?.port ?? 0
        var failure = Failure(
            .spawnFailed,
            "\(other.text) listens on port \(port) as well (SO_REUSEPORT), and would get a part of the requests; "
                + "stop it, or give the server another port")
        failure.outputTail = process.outputText
        failure.evidence = evidence.evidence(end: process.end, droppedOutput: process.droppedOutput)
        failure.evidence?.portHolder = other.name
        return failure
    }
}
