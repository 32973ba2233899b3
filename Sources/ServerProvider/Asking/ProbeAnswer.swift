import Foundation
import ModelLifecycle

/// What a server answered when it was asked whether it is ready, or when it was warmed.
struct ProbeAnswer: Sendable, Hashable {
    var isReady: Bool
    /// One line for people, without a time in it: the same answer twice reads the same.
    var summary: String
    /// What the answer's body says of an error, in a few words; may differ where the answer is the same.
    var detail: String?
    /// The HTTP status; nil if there was no HTTP answer.
    var status: Int?
    /// Where a redirect leads, as an absolute URL if that can be known.
    var location: String?
    /// There was no answer within the time, from a server that may be busy.
    var isLate: Bool
    /// What was answered is of another protocol.
    var isForeign = false
    /// Part of the answer's body, so that a change is seen that the summary does not show.
    var body: [UInt8]
    /// The server has said that it will never be ready, in the words that the answer has for it; nil if it has not.
    var failure: String?
    /// Good enough for a server that has been READY.
    var isAlive: Bool

    /// - Parameter isAlive: nil for the same as `isReady`.
    init(
        isReady: Bool, summary: String, detail: String? = nil, status: Int? = nil, location: String? = nil,
        body: [UInt8] = [], failure: String? = nil, isAlive: Bool? = nil, isLate: Bool = false
    ) {
        self.isReady = isReady
        self.summary = summary
        self.detail = detail
        self.status = status
        self.location = location
        self.body = body
        self.failure = failure
        self.isAlive = isAlive ?? isReady
        self.isLate = isLate
    }

    /// The whole line for people.
    var line: String { summary + (detail.map { ": \($0)" } ?? "") }
}

/// Asks a server whether it is ready. Never throws: whatever goes wrong is an answer too.
protocol Prober: Sendable {
    /// What is asked, as an answer's summary begins: `GET http://127.0.0.1:8080/health`.
    var question: String { get }
    func ask() async -> ProbeAnswer
}

extension URL {
    /// The address for people: with a path, without user, password and fragment, and without secrets in its query.
    var shown: String {
        guard var parts = URLComponents(url: self, resolvingAgainstBaseURL: true) else { return absoluteString }
        parts.user = nil
        parts.password = nil
        parts.fragment = nil
        if parts.percentEncodedPath.isEmpty { parts.path = "/" }
        return Redaction.redact(parts.string ?? absoluteString)
    }
}
