import Foundation
import ModelLifecycle
import NIOHTTP1

/// Asks a server that starts until it is ready: its own processes have to answer, and not others on the same port.
struct ReadinessWait: Sendable {
    let configuration: ServerConfiguration
    let process: ServerProcess
    let evidence: EvidenceWatch
    let http: HTTPExchange
    let reportProgress: @Sendable () -> Void

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
        var search = AddressSearch()
        var progress = WorkProgress()
        while true {
            let asked = ContinuousClock.now
            var answer = await evidence.probes.ask(prober)
            try Task.checkCancellation()
            let cost = ContinuousClock.now - asked
            let owner = answer.isReady ? evidence.owner(of: target) : .server
            if let objection = target.address.flatMap({ owner.objection(port: $0.port) }) {
                answer.isReady = false
                answer.summary += ", but \(objection)"
            }
            evidence.note(answer)
            evidence.sample()
            if progress.isSeen(in: evidence.tree) { reportProgress() }
            if case .shared(let own, let other) = owner, !own.isOlder(than: other) {
                throw shared(with: other, target)
            }
            if let words = answer.failure {
                throw neverReady(words, target)
            }
            successes = answer.isReady ? successes + 1 : 0
            if successes >= configuration.readySuccesses { return }
            // Another answer than before: it is getting somewhere.
            if let last, last != answer { reportProgress() }
            last = answer
            if !answer.isReady, configuration.followsServer, search.isDue,
                let found = await search.look(configuration, process, evidence, http, answer, from: target)
            {
                (target, prober) = (found.target, found.prober)
                evidence.address.target = target
                reportProgress()
                continue
            }
            // One good answer after the other tells nothing if no time lies between them.
            let pause =
                successes > 0
                ? configuration.probeInterval : pace.pause(after: ContinuousClock.now - start, cost: cost)
            try await Task.sleep(for: pause)
        }
    }

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

/// Looks for the address on which a server really listens: it may have been told by a variable, a file or a wrapper.
struct AddressSearch {
    private var next = ContinuousClock.now
    private static let maximumCandidates = 16

    /// Looking costs more than a probe, and is done less often the more it costs.
    var isDue: Bool { .now >= next }

    /// - Parameter answer: what was answered at the current address.
    /// - Returns: where a process of the server answers a probe; nil if none does yet, or if the current address is it.
    mutating func look(
        _ configuration: ServerConfiguration, _ process: ServerProcess, _ evidence: EvidenceWatch, _ http: HTTPExchange,
        _ answer: ProbeAnswer, from current: ProbeTarget
    ) async -> (target: ProbeTarget, prober: any Prober)? {
        let cost = ThreadTime.now
        let isOwn = answer.status != nil && answer.status != 404 && evidence.owner(of: current) == .server
        let endpoints = isOwn ? [] : ListeningSockets.endpoints(of: evidence.tree.processIDs)
        next = .now + max(.milliseconds(5), (ThreadTime.now - cost) * 50)
        var second: (ProbeTarget, any Prober)?
        for endpoint in endpoints.filter({ Self.isForClients($0, configuration) }).prefix(Self.maximumCandidates) {
            guard let target = current.moved(to: endpoint), target != current,
                let prober = configuration.prober(http: http, at: target)
            else { continue }
            let answer = await prober.ask()
            guard !Task.isCancelled else { return nil }
            let isSupposed = configuration.supposesPort || target.address?.port == current.address?.port
            guard answer.isReady || (answer.status.map { $0 != 404 } ?? false),
                await !Self.saysNothing(at: target, isSupposed: isSupposed, configuration, http)
            else { continue }
            if answer.isReady { return (target, prober) }
            // It is asked there from now on, unless another address of the server is ready.
            if second == nil { second = (target, prober) }
        }
        return second.map { ($0.0, $0.1) }
    }

    /// A socket in the file system counts only if the server was told its name. Others are for the server's own
    /// processes, and one of them may end when it is asked: the fork server of Python's multiprocessing does.
    private static func isForClients(_ endpoint: Endpoint, _ configuration: ServerConfiguration) -> Bool {
        guard case .path(let path) = endpoint else { return true }
        guard let name = path.split(separator: "/").last else { return false }
        let inherited = ProcessInfo.processInfo.environment.values
        return (configuration.command + configuration.environment.values + inherited).contains { $0.hasSuffix(name) }
    }

    /// Whether the answers there say nothing of the model: a port for metrics may answer 200 to whatever it is asked.
    /// - Parameter isSupposed: nothing is known of the server's port, or it is this one: then only what looks like metrics
    ///   is passed over, and otherwise every server that answers 200 to a path that no server has.
    private static func saysNothing(
        at target: ProbeTarget, isSupposed: Bool, _ configuration: ServerConfiguration, _ http: HTTPExchange
    ) async -> Bool {
        guard case .http(let url) = target, var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else {
            return false
        }
        parts.path = "/modeljournal/no-such-path"
        parts.query = nil
        guard let other = parts.url,
            let answer = try? await http.send(.GET, other, timeout: configuration.probeTimeout, keep: 64),
            (200..<300).contains(answer.status)
        else { return false }
        return !isSupposed || isMetrics(answer)
    }

    /// The text format of Prometheus, or OpenMetrics.
    private static func isMetrics(_ answer: HTTPExchange.Answer) -> Bool {
        let type = answer.headers.first(name: "content-type")?.lowercased() ?? ""
        return type.contains("version=0.0.4") || type.contains("openmetrics")
            || answer.body.starts(with: Array("# HELP".utf8)) || answer.body.starts(with: Array("# TYPE".utf8))
    }
}
