import Foundation

extension ProbeTarget {
    func moved(to endpoint: Endpoint) -> ProbeTarget? {
        guard case .tcp(let host, let port) = endpoint else { return nil }
        switch self {
        case .http(let url):
            guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else { return nil }
            parts.host = host.contains(":") ? "[\(host)]" : host
            parts.port = port
            return parts.url.map { .http($0) }
        case .tcp: return .tcp(host: host, port: port)
        case .exec, .notify: return nil
        }
    }
}
extension WarmupRequest {
    /// With the key that the server was given, unless it has one.
    func withKey(_ key: String?) -> WarmupRequest {
        guard let key, !headers.contains(where: { $0.name.lowercased() == "authorization" }) else { return self }
        var request = self
        request.headers.append(Header(name: "Authorization", value: "Bearer \(key)"))
        return request
    }

    /// The same request where the server was found, if it is for the address that was asked at first.
    func moved(from old: ProbeTarget?, to target: ProbeTarget?) -> WarmupRequest {
        guard let old, let (host, port) = target?.address else { return self }
        return moved(from: old, toHost: host, port: port)
    }

    func moved(from old: ProbeTarget, toHost host: String, port: Int) -> WarmupRequest {
        guard let before = old.address, let own = ProbeTarget.http(url).address, own == before, before != (host, port),
            case .http(let moved)? = ProbeTarget.http(url).moved(to: .tcp(host: host, port: port))
        else { return self }
        var request = self
        request.url = moved
        return request
    }
}
