import Foundation
import NIOHTTP1

/// How a server is asked of which nothing is known but where it listens.
struct AutomaticProbe: Sendable {
    enum Finding: Sendable, Hashable {
        /// It answers there, and says whether it is ready.
        case tells(ProbeTarget, isReady: Bool)
        /// It accepts connections, and has no answer that tells whether it is ready.
        case listens(ProbeTarget, speaksHTTP: Bool)
        /// It accepts connections, and gives no answer or closes them: it may be starting.
        case keepsSilent
        /// Nothing there can be asked, or it is not for the server's clients.
        case nothing
    }

    /// Where servers say that they are ready. Paths that only say that the process lives come last, because a server may
    /// have both kinds.
    static let paths = [
        "/readyz", "/health/ready", "/v2/health/ready", "/ready", "/health", "/healthz", "/health-check", "/ping",
    ]
    /// One that no server has: what is answered 200 there says nothing of the model.
    static let unknownPath = "/modeljournal/no-such-path"

    let configuration: ServerConfiguration
    let http: HTTPExchange

    func look(at endpoint: Endpoint) async -> Finding {
        guard let root = ProbeTarget.http(Self.root).moved(to: endpoint) else { return .nothing }
        var starting: ProbeTarget?
        for path in Self.paths {
            guard let target = Self.target(path, at: endpoint),
                let prober = configuration.prober(http: http, at: target)
            else { return .nothing }
            let answer = await prober.ask()
            if answer.isLate { return .keepsSilent }
            guard let status = answer.status else { return await withoutHTTP(endpoint, isForeign: answer.isForeign) }
            switch status {
            case 200..<300:
                // A server that answers so to everything has not been asked anything yet.
                let isKnown = await self.status(Self.unknownPath, at: endpoint) != status
                return isKnown ? .tells(target, isReady: true) : await withoutHealthPath(endpoint, root)
            case 426:
                guard case .tcp(let host, let port) = endpoint,
                    let socket = ProbeTarget.webSocket(Self.webSocketRoot).moved(toHost: host, port: port)
                else { return .nothing }
                let isReady = await configuration.prober(http: http, at: socket)?.ask().isReady ?? false
                return .tells(socket, isReady: isReady)
            // It has no such path, or sends to another one, or wants a key or another method.
            case 300..<500: continue
            default:
                // A server may answer so to every path that it does not know, or to everything while it starts.
                if await self.status(Self.unknownPath, at: endpoint) != status { return .tells(target, isReady: false) }
                starting = starting ?? target
            }
        }
        if let starting { return .tells(starting, isReady: false) }
        return await withoutHealthPath(endpoint, root)
    }

    // Both are valid URLs.
    // swift-format-ignore: NeverForceUnwrap
    private static let root = URL(string: "http://localhost/")!
    // swift-format-ignore: NeverForceUnwrap
    private static let webSocketRoot = URL(string: "ws://localhost/")!

    private static func target(_ path: String, at endpoint: Endpoint) -> ProbeTarget? {
        ProbeTarget.http(root.appending(path: path)).moved(to: endpoint)
    }

    private func status(_ path: String, at endpoint: Endpoint) async -> Int? {
        guard let target = Self.target(path, at: endpoint), let prober = configuration.prober(http: http, at: target)
        else { return nil }
        return await prober.ask().status
    }

    /// A port for metrics alone is not the server's; otherwise the connection is all that can be asked for.
    private func withoutHealthPath(_ endpoint: Endpoint, _ root: ProbeTarget) async -> Finding {
        guard case .tcp(let host, let port) = endpoint else { return .nothing }
        if case .http(let url) = root,
            let answer = try? await http.send(
                .GET, url.appending(path: "metrics"), timeout: configuration.probeTimeout, keep: 64),
            (200..<300).contains(answer.status), answer.isMetrics, await status("/", at: endpoint) == 404
        {
            return .nothing
        }
        return .listens(.tcp(host: host, port: port), speaksHTTP: true)
    }

    /// - Parameter isForeign: it has answered in another protocol, and not only closed the connection.
    private func withoutHTTP(_ endpoint: Endpoint, isForeign: Bool) async -> Finding {
        guard case .tcp(let host, let port) = endpoint else { return .nothing }
        let tcp = ProbeTarget.tcp(host: host, port: port)
        guard await configuration.prober(http: http, at: tcp)?.ask().isReady ?? false else { return .nothing }
        let wyoming = ProbeTarget.wyoming(host: host, port: port)
        if await configuration.prober(http: http, at: wyoming)?.ask().isReady ?? false {
            return .tells(wyoming, isReady: true)
        }
        return isForeign ? .listens(tcp, speaksHTTP: false) : .keepsSilent
    }
}

extension HTTPExchange.Answer {
    /// The text format of Prometheus, or OpenMetrics.
    var isMetrics: Bool {
        let type = headers.first(name: "content-type")?.lowercased() ?? ""
        return type.contains("version=0.0.4") || type.contains("openmetrics")
            || body.starts(with: Array("# HELP".utf8)) || body.starts(with: Array("# TYPE".utf8))
    }
}

/// Answers for a server of which no address is known yet.
struct NoListenerProber: Prober {
    var question: String { "auto" }

    func ask() async -> ProbeAnswer {
        ProbeAnswer(isReady: false, summary: "no process of the server listens yet")
    }
}
