import Foundation
import ModelLifecycle
import NIOHTTP1

/// Looks for the address on which a server really listens: it may have been told by a variable, a file or a wrapper.
struct AddressSearch {
    private let patient: ServerConfiguration
    /// The same, for a short question.
    private let configuration: ServerConfiguration
    private let evidence: EvidenceWatch
    private let http: HTTPExchange
    /// Where the preset supposes the server.
    private let origin: ProbeTarget
    private var next = ContinuousClock.now
    private var places: [Endpoint: Place] = [:]
    /// A port that only accepts connections, where nothing tells of the model, and since when.
    private var settling: (target: ProbeTarget, since: ContinuousClock.Instant)?

    private static let timeToSettle = Duration.seconds(1)
    private static let maximumCandidates = 16
    /// READY must not be seen late because another port of the server says nothing.
    private static let patience = Duration.milliseconds(500)

    /// One that has been asked. A server may log each question that it does not expect, with a stack trace, so one that
    /// has no good answer is asked less and less often, and one of another protocol only once.
    private struct Place {
        let target: ProbeTarget
        let prober: any Prober
        let first = ContinuousClock.now
        var next = ContinuousClock.now
        var finding = AutomaticProbe.Finding.nothing

        private static let pauseForMute = Duration.seconds(1)
        private static let pauses = Duration.milliseconds(10)...Duration.seconds(2)

        mutating func wait(isMute: Bool) {
            let pause = min(max((.now - first) / 10, Self.pauses.lowerBound), Self.pauses.upperBound)
            next = .now + (isMute ? Self.pauseForMute : pause)
        }

        mutating func isOfAnotherProtocol() { next = .now + .seconds(86_400) }
    }

    init(_ configuration: ServerConfiguration, _ evidence: EvidenceWatch, _ http: HTTPExchange, origin: ProbeTarget) {
        var hasty = configuration
        hasty.probeTimeout = min(configuration.probeTimeout, Self.patience)
        self.configuration = hasty
        patient = configuration
        self.evidence = evidence
        self.http = http
        self.origin = origin
    }

    /// Looking costs more than a probe, and is done less often the more it costs.
    var isDue: Bool { .now >= next }

    /// - Parameter answer: what was answered at the current address, and is not ready.
    /// - Returns: where a process of the server answers a probe; nil if none does yet, or if the current address is it.
    mutating func look(
        _ answer: ProbeAnswer, from current: ProbeTarget
    ) async -> (target: ProbeTarget, prober: any Prober)? {
        let cost = ThreadTime.now
        let endpoints =
            isTheServers(answer, at: current) ? [] : ListeningSockets.endpoints(of: evidence.tree.processIDs)
        next = .now + max(.milliseconds(5), (ThreadTime.now - cost) * 50)
        let candidates = endpoints.filter(isForClients).prefix(Self.maximumCandidates)
        return origin == .auto
            ? await lookForAnything(candidates, current) : await look(at: candidates, current)
    }

    /// Whether the address is the one to wait for: the server's own, as it was expected, or as its answer says what the
    /// conditions ask for.
    private func isTheServers(_ answer: ProbeAnswer, at current: ProbeTarget) -> Bool {
        guard let status = answer.status, status != 404 else { return false }
        let isJudged = (200..<300).contains(status) && !configuration.readyWhen.isEmpty
        return (current == origin || isJudged) && evidence.owner(of: current) == .server
    }

    private mutating func look(
        at candidates: some Sequence<Endpoint>, _ current: ProbeTarget
    ) async -> (target: ProbeTarget, prober: any Prober)? {
        var second: (ProbeTarget, any Prober)?
        for endpoint in candidates {
            guard var place = place(endpoint, as: current), place.target != current, .now >= place.next else {
                continue
            }
            let answer = await place.prober.ask()
            guard !Task.isCancelled else { return nil }
            if answer.isForeign { place.isOfAnotherProtocol() } else { place.wait(isMute: answer.isLate) }
            places[endpoint] = place
            guard answer.isReady || (answer.status.map { $0 != 404 } ?? false), await !saysNothing(at: place.target)
            else { continue }
            if answer.isReady || answer.failure != nil { return asked(place.target) }
            // It is asked there from now on, unless another address of the server is ready.
            if second == nil, current == origin { second = asked(place.target) }
        }
        return second
    }

    private func place(_ endpoint: Endpoint, as current: ProbeTarget) -> Place? {
        if let known = places[endpoint] { return known }
        // The automatic probe asks in its own way.
        let target = current == .auto ? current : current.moved(to: endpoint)
        return target.flatMap { target in
            configuration.prober(http: http, at: target).map { Place(target: target, prober: $0) }
        }
    }

    /// Where the server says that it is ready; failing that, where it says that it is not, or where it only listens.
    private mutating func lookForAnything(
        _ candidates: some Sequence<Endpoint>, _ current: ProbeTarget
    ) async -> (target: ProbeTarget, prober: any Prober)? {
        let automatic = AutomaticProbe(configuration: configuration, http: http)
        var findings: [AutomaticProbe.Finding] = []
        for endpoint in candidates {
            guard var place = place(endpoint, as: .auto) else { continue }
            if .now >= place.next {
                place.finding = await automatic.look(at: endpoint)
                guard !Task.isCancelled else { return nil }
                if case .listens(_, speaksHTTP: false) = place.finding {
                    place.isOfAnotherProtocol()
                } else {
                    place.wait(isMute: place.finding == .keepsSilent)
                }
                places[endpoint] = place
                if case .tells(let target, isReady: true) = place.finding, target != current { return asked(target) }
            }
            findings.append(place.finding)
        }
        guard current == origin else { return nil }
        for case .tells(let target, _) in findings { return asked(target) }
        // Another of its ports may follow, with an answer that says more.
        let open = findings.compactMap { if case .listens(let target, _) = $0 { target } else { nil } }.first
        guard let open, !findings.contains(.keepsSilent) else {
            settling = nil
            return nil
        }
        if let settling, settling.target == open {
            return .now - settling.since >= Self.timeToSettle ? asked(open) : nil
        }
        settling = (open, .now)
        return nil
    }

    /// With all the time that a probe may take.
    private func asked(_ target: ProbeTarget) -> (ProbeTarget, any Prober)? {
        patient.prober(http: http, at: target).map { (target, $0) }
    }

    /// A port that the command gives is the server's port; others of its processes are for something else. A socket in the
    /// file system counts only if the server was told its name. Others are for the server's own processes, and one of them
    /// may end when it is asked: the fork server of Python's multiprocessing does.
    private func isForClients(_ endpoint: Endpoint) -> Bool {
        switch endpoint {
        case .tcp(_, let port): return configuration.givenPort.map { $0 == port } ?? true
        case .path(let path):
            guard let name = path.split(separator: "/").last else { return false }
            let inherited = ProcessInfo.processInfo.environment.values
            return (configuration.command + configuration.environment.values + inherited).contains {
                $0.hasSuffix(name)
            }
        }
    }

    /// Whether the answers there say nothing of the model: a port for metrics may answer 200 to whatever it is asked. Where
    /// nothing is known of the server's port, only what looks like metrics is passed over; otherwise every server that
    /// answers 200 to a path that no server has.
    private func saysNothing(at target: ProbeTarget) async -> Bool {
        guard case .http(let url) = target, var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else {
            return false
        }
        parts.path = AutomaticProbe.unknownPath
        parts.query = nil
        guard let other = parts.url,
            let answer = try? await http.send(.GET, other, timeout: configuration.probeTimeout, keep: 64),
            (200..<300).contains(answer.status)
        else { return false }
        let isSupposed = configuration.supposesPort || target.address?.port == origin.address?.port
        return !isSupposed || answer.isMetrics
    }
}
