import Foundation
import ModelLifecycle
import NIOHTTP1

/// What one probe over HTTP sends.
struct ProbeRequest: Sendable {
    var method = HTTPMethod.GET
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
}

extension ProbeRequest {
    init(_ configuration: ServerConfiguration) {
        headers = configuration.probeHeaders.map { ($0.name, $0.value) }
        if let data = configuration.probeBody {
            body = Array(data)
            method = .POST
            if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                headers.append(("Content-Type", WarmupSender.contentType(of: data)))
            }
        }
        if let name = configuration.probeMethod { method = HTTPMethod(rawValue: name) }
    }
}

/// Only 200 to 299 counts unless a condition names other statuses: servers answer their health path with anything else
/// long before they are ready.
struct HTTPProber: Prober {
    private let target: ProbeTarget
    private let url: URL
    private let request: ProbeRequest
    private let judge: AnswerJudge
    private let timeout: Duration
    private let trust: TrustedCertificates
    private let http: HTTPExchange
    private let look: WireLook?

    /// - Parameters:
    ///   - target: over HTTP.
    ///   - directory: where a relative path of a socket begins; nil for the engine's own directory.
    ///   - trust: nil for the one of the exchange.
    init(
        _ target: ProbeTarget, in directory: String? = nil, request: ProbeRequest = ProbeRequest(),
        judge: AnswerJudge = AnswerJudge(), timeout: Duration, trust: TrustedCertificates? = nil, http: HTTPExchange
    ) {
        self.target = target
        // A socket's path is encoded as the URL's host, so each one has a URL.
        url = target.requestURL(in: directory) ?? URL(filePath: "/")
        self.request = request
        self.judge = judge
        self.timeout = timeout
        self.trust = trust ?? http.trust
        self.http = http
        look = if case .http(let url) = target { WireLook(url) } else { nil }
    }

    init(url: URL, timeout: Duration, http: HTTPExchange) { self.init(.http(url), timeout: timeout, http: http) }

    var question: String { "\(request.method.rawValue) \(target.shown)" }

    func ask() async -> ProbeAnswer {
        let deadline = ContinuousClock.now + timeout
        var asked = question
        var address = url
        var status: Int?
        do {
            var answer = try await send(url, timeout) { status = $0 }
            if let goal = redirect(answer) {
                asked += ", redirected to \(Self.path(of: goal)),"
                address = goal
                status = nil
                answer = try await send(goal, deadline - .now) { status = $0 }
            }
            let verdict = judge.verdict(status: answer.status, body: answer.body)
            let meaning = AnswerWords(answer, to: address)
            return ProbeAnswer(
                isReady: verdict.isReady,
                summary: "\(asked) answered \(answer.status)\(certainty)\(meaning.words)\(verdict.words)",
                detail: verdict.failureDetail ?? (verdict.isReady ? nil : meaning.detail), status: answer.status,
                // Of a socket in the file system there is no address to tell.
                location: look == nil ? nil : meaning.location, body: answer.body, failure: verdict.failure,
                isAlive: verdict.isAlive)
        } catch {
            let failure = ExchangeFailure(error)
            let words = failure.words(timeout: timeout)
            if let status {
                let limit = failure == .late ? "not with all of its body within \(timeout.brief)" : words
                return ProbeAnswer(
                    isReady: false, summary: "\(asked) answered \(status)\(certainty), but \(limit)", status: status,
                    isLate: failure == .late)
            }
            let more = await look?.words(for: failure)
            let isLate = failure == .late
            var answer = ProbeAnswer(
                isReady: false,
                summary: "\(asked): " + (isLate ? words + (more.map { "; \($0)" } ?? "") : more ?? words),
                isLate: isLate)
            answer.isForeign = failure == .notHTTP
            return answer
        }
    }

    /// The reader of an answer must know that another server may have given it.
    private var certainty: String {
        trust.isUnchecked && target.isEncrypted ? ProbeAnswer.uncheckedCertificate : ""
    }

    private func send(_ url: URL, _ timeout: Duration, onStatus: (Int) -> Void) async throws -> HTTPExchange.Answer {
        var headers = request.headers.map { ($0.name, $0.value) }
        if look == nil, !headers.contains(where: { $0.0.lowercased() == "host" }) {
            headers.append(("Host", Self.localHost))
        }
        return try await http.send(
            request.method, url, headers: headers, body: request.body, trust: trust, timeout: timeout,
            keep: judge.keptBytes, onStatus: onStatus)
    }

    // MARK: - One redirect

    /// A server behind a socket in the file system is asked under this name, as curl does.
    private static let localHost = "localhost"

    /// Where the same server sends a GET; nil if the answer is the answer.
    private func redirect(_ answer: HTTPExchange.Answer) -> URL? {
        guard [301, 302, 303, 307, 308].contains(answer.status), request.method == .GET || request.method == .HEAD,
            let place = answer.headers.first(name: "Location"),
            let goal = URL(string: place, relativeTo: url)?.absoluteURL, goal.scheme != nil
        else { return nil }
        var parts = URLComponents(url: goal, resolvingAgainstBaseURL: true)
        parts?.fragment = nil
        guard let goal = parts?.url, isSameServer(goal) else { return nil }
        guard case .unix = target else { return goal == url ? nil : goal }
        var moved = URLComponents(url: url, resolvingAgainstBaseURL: true)
        moved?.percentEncodedPath = parts?.percentEncodedPath ?? "/"
        moved?.percentEncodedQuery = parts?.percentEncodedQuery
        return moved?.url == url ? nil : moved?.url
    }

    private func isSameServer(_ goal: URL) -> Bool {
        if case .unix = target {
            let isOverSocket = goal.scheme == url.scheme && goal.host() == url.host()
            return isOverSocket || (goal.scheme == "http" && goal.host() == Self.localHost && goal.port == nil)
        }
        let (old, new) = (target, ProbeTarget.http(goal))
        guard let from = old.address, let to = new.address else { return false }
        return url.scheme?.lowercased() == goal.scheme?.lowercased() && from.host.lowercased() == to.host.lowercased()
            && from.port == to.port
    }

    private static func path(of url: URL) -> String {
        let query = url.query(percentEncoded: true).map { "?\($0)" } ?? ""
        return AnswerWords.bounded(Redaction.redact(url.path(percentEncoded: true) + query))
    }
}

extension ProbeAnswer {
    /// Said in each answer over TLS that another server might have given.
    static let uncheckedCertificate = " (certificate not checked)"
}
