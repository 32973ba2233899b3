import Foundation

extension ProbeTarget {
    /// The same question where the server was found to listen.
    /// - Returns: nil where this kind of probe cannot ask there.
    func moved(to endpoint: Endpoint) -> ProbeTarget? {
        switch endpoint {
        case .tcp(let host, let port): return moved(toHost: host, port: port)
        case .path(let socket):
            guard case .http(let url) = self else { return nil }
            let path = url.path(percentEncoded: true)
            let query = url.query(percentEncoded: true).map { "?\($0)" } ?? ""
            return .unix(socket: socket, path: (path.isEmpty ? "/" : path) + query)
        }
    }
}

extension WarmupRequest {
    /// With the key that the server was given, unless it has one, or goes to another address than the server's.
    func withKey(_ key: String?, for server: ProbeTarget?) -> WarmupRequest {
        let isServers =
            if case .unix? = server { url.scheme == "http+unix" } else {
                server?.address.map { own in ProbeTarget.http(url).address.map { $0 == own } ?? false } ?? false
            }
        guard isServers, let key, !headers.contains(where: { $0.name.lowercased() == "authorization" }) else {
            return self
        }
        var request = self
        request.headers.append(Header(name: "Authorization", value: "Bearer \(key)"))
        return request
    }

    /// The same request where the server was found, if it is for the address that was asked at first.
    func moved(from old: ProbeTarget?, to target: ProbeTarget?) -> WarmupRequest {
        guard let old, let target else { return self }
        if case .unix(let socket, _) = target, case .http = old, let own = ProbeTarget.http(url).address,
            let before = old.address, own == before,
            case .unix(_, let path)? = ProbeTarget.http(url)
                .moved(to: .path(socket)), let moved = ProbeTarget.unix(socket: socket, path: path).requestURL(in: nil)
        {
            var request = self
            request.url = moved
            return request
        }
        guard let (host, port) = target.address else { return self }
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
