import Foundation
import ModelLifecycle

extension ServerConfiguration {
    /// What asks a server that is READY; nil if nothing does.
    /// - Parameter current: where it was found to listen.
    func livenessProber(
        at current: ProbeTarget?, _ identifiers: TraceIdentifiers, http: HTTPExchange
    ) -> (any Prober)? {
        switch liveness {
        case .off: return nil
        case .probe: return prober(http: http, at: current)
        case .target(let target): return prober(ofLiveness: target.following(probe, to: current), http: http)
        case .warmup:
            guard let request = warmup?.moved(from: probe, to: current) else { return nil }
            return InferenceProber(
                request: request.withKey(key, for: current ?? probe), directory: workingDirectory,
                identifiers: identifiers, timeout: warmupTimeout, http: http)
        }
    }
}

extension ServerConfiguration {
    /// What the probe's conditions, method and body are about is another path. Its headers may be secrets of that server.
    private func prober(ofLiveness target: ProbeTarget, http: HTTPExchange) -> (any Prober)? {
        var plain = self
        (plain.readyWhen, plain.failedWhen) = ([], [])
        if preset != nil { plain.aliveWhen = [] }
        (plain.probeMethod, plain.probeBody) = (nil, nil)
        let isSameServer = target.address.map { own in probe?.address.map { $0 == own } ?? false } ?? false
        if !isSameServer { plain.probeHeaders = [] }
        return plain.prober(http: http, at: target)
    }
}

/// A real inference is the question.
struct InferenceProber: Prober {
    let request: WarmupRequest
    let directory: String?
    let identifiers: TraceIdentifiers
    let timeout: Duration
    let http: HTTPExchange

    var question: String { "POST \(request.url.shown)" }

    func ask() async -> ProbeAnswer {
        let silence = AudioSamples(samples: [Int16](repeating: 0, count: 16_000), sampleRate: 16_000)
        let sender = WarmupSender(
            request: request, audio: silence, directory: directory, identifiers: identifiers, timeout: timeout,
            http: http,
            note: { _ in })
        switch await sender.send() {
        case .good: return ProbeAnswer(isReady: true, summary: "\(question) answered")
        // A server that has no room is busy, and alive.
        case .refused(let complaint, _, let isBusy):
            return ProbeAnswer(isReady: false, summary: complaint, isAlive: isBusy)
        case .broken(let complaint, let isLate):
            return ProbeAnswer(isReady: false, summary: complaint, isLate: isLate)
        }
    }
}

extension ProbeTarget {
    /// The same path where the server was found, if it is at the address that was asked at first.
    func following(_ old: ProbeTarget?, to current: ProbeTarget?) -> ProbeTarget {
        guard let own = address, let before = old?.address, own == before, let now = current?.address, now != before
        else { return self }
        return moved(to: .tcp(host: now.host, port: now.port)) ?? self
    }
}
