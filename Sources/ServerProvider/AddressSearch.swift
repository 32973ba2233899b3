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
    /// Addresses that accept and say nothing, and when they are asked again.
    private var mute: [Endpoint: ContinuousClock.Instant] = [:]

    /// A port that only accepts connections, where nothing tells of the model, and since when.
    private var settling: (target: ProbeTarget, since: ContinuousClock.Instant)?

    private static let timeToSettle = Duration.seconds(1)
    private static let maximumCandidates = 16
    /// READY must not be seen late because another port of the server says nothing.
    private static let patience = Duration.milliseconds(500)
    private static let pauseForMute = Duration.seconds(1)

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
        // The server's own answer at the address that was expected is the one to wait for.
        let isExpected =
            current == origin && answer.status != nil && answer.status != 404 && evidence.owner(of: current) == .server
        let endpoints = isExpected ? [] : ListeningSockets.endpoints(of: evidence.tree.processIDs)
        next = .now + max(.milliseconds(5), (ThreadTime.now - cost) * 50)
        if origin == .auto { return await lookForAnything(endpoints, isFirst: current == origin) }
        var second: (ProbeTarget, any Prober)?
        for endpoint in endpoints.filter(isForClients).prefix(Self.maximumCandidates) {
            guard let target = current.moved(to: endpoint), target != current,
                let prober = configuration.prober(http: http, at: target)
            else { continue }
            if let again = mute[endpoint], .now < again { continue }
            let answer = await prober.ask()
            guard !Task.isCancelled else { return nil }
            if answer.isLate { mute[endpoint] = .now + Self.pauseForMute }
            guard answer.isReady || (answer.status.map { $0 != 404 } ?? false), await !saysNothing(at: target) else {
                continue
            }
            if answer.isReady || answer.failure != nil { return asked(target) }
            // It is asked there from now on, unless another address of the server is ready.
            if second == nil, current == origin { second = asked(target) }
        }
        return second
    }

    /// Where the server says that it is ready; failing that, where it says that it is not, or where it only listens.
    private mutating func lookForAnything(
        _ endpoints: [Endpoint], isFirst: Bool
    ) async -> (target: ProbeTarget, prober: any Prober)? {
        let automatic = AutomaticProbe(configuration: configuration, http: http)
        var waiting: ProbeTarget?
        var open: ProbeTarget?
        var isSilent = false
        for endpoint in endpoints.filter(isForClients).prefix(Self.maximumCandidates) {
            if let again = mute[endpoint], .now < again {
                isSilent = true
                continue
            }
            let finding = await automatic.look(at: endpoint)
            guard !Task.isCancelled else { return nil }
            switch finding {
            case .tells(let target, isReady: true): return asked(target)
            case .tells(let target, isReady: false): waiting = waiting ?? target
            case .listens(let target): open = open ?? target
            case .keepsSilent:
                isSilent = true
                mute[endpoint] = .now + Self.pauseForMute
            case .nothing: break
            }
        }
        guard isFirst else { return nil }
        if let waiting { return asked(waiting) }
        // Another of its ports may follow, with an answer that says more.
        guard let open, !isSilent else {
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
