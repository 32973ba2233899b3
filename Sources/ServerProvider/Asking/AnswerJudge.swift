import Foundation

/// Judges a whole answer by the conditions that a server is given.
struct AnswerJudge: Sendable, Hashable {
    /// All must hold.
    var ready: [AnswerCondition] = []
    /// Each one alone says that the server will never be ready.
    var failed: [AnswerCondition] = []
    /// All must hold; none: a server that is ready is alive.
    var alive: [AnswerCondition] = []

    struct Verdict: Sendable, Hashable {
        var isReady: Bool
        var isAlive: Bool
        /// What follows "answered 200" for people: what is missing for ready, or what says that it failed.
        var words = ""
        /// The server has said that it will never be ready: in the words of the answer, or what it said.
        var failure: String?
        /// The same, only if the answer has words of its own about it.
        var failureDetail: String?
    }

    /// How much of a body is kept to be judged: JSON that is cut short cannot be read.
    var keptBytes: Int { ready.isEmpty && failed.isEmpty && alive.isEmpty ? 4096 : 1 << 20 }

    /// - Parameter status: of HTTP; nil for an answer in another protocol.
    func verdict(status: Int?, body: [UInt8]) -> Verdict {
        let isGood = status.map { (200...299).contains($0) } ?? true
        guard !ready.isEmpty || !failed.isEmpty || !alive.isEmpty else {
            return Verdict(isReady: isGood, isAlive: isGood)
        }
        let answer = JudgedAnswer(status: status, body: body)
        for condition in failed {
            guard let finding = condition.finding(in: answer) else { continue }
            let detail = Self.words(of: answer, about: condition)
            return Verdict(
                isReady: false, isAlive: false, words: condition.isAboutStatus ? "" : ", and \(finding)",
                failure: detail ?? finding, failureDetail: detail)
        }
        let (isReady, words) = Self.holds(ready, answer, isGood: isGood)
        return Verdict(
            isReady: isReady, isAlive: alive.isEmpty ? isReady : Self.holds(alive, answer, isGood: isGood).holds,
            words: words)
    }

    /// A status of 200 to 299 is wanted, too, unless a condition says which one.
    private static func holds(
        _ conditions: [AnswerCondition], _ answer: JudgedAnswer, isGood: Bool
    ) -> (holds: Bool, words: String) {
        guard isGood || conditions.contains(where: \.isAboutStatus) else { return (false, "") }
        let complaint = conditions.lazy.compactMap { $0.complaint(about: answer) }.first
        return (complaint == nil, complaint.map { ", but \($0)" } ?? "")
    }

    // MARK: - The words of a failure

    /// What the answer says about the failure: beside the value that says so, else anywhere.
    private static func words(of answer: JudgedAnswer, about condition: AnswerCondition) -> String? {
        guard let json = answer.json, !(json is String) else {
            // A body that is the condition's own text says no more.
            return condition.subject == .body && condition.isPart || condition.isAboutStatus
                ? ShortenedText.said(in: answer.text).map(AnswerWords.bounded) : nil
        }
        let root = (json as? [String: Any]).map { [$0] } ?? []
        for object in condition.holders(in: answer) + root {
            // Cog tells how its set-up went in a member of that name.
            for part in [object, object["setup"] as? [String: Any]].compactMap({ $0 }) {
                if let words = said(in: part) { return words }
            }
        }
        return condition.isAboutStatus ? said(in: json) : nil
    }

    private static func said(in json: Any) -> String? {
        guard JSONSerialization.isValidJSONObject(json), let data = try? JSONSerialization.data(withJSONObject: json),
            let words = ShortenedText.said(in: String(decoding: data, as: UTF8.self)),
            // Without a member that tells anything, the reader quotes all of it.
            words.first != "{", words.first != "["
        else { return nil }
        return AnswerWords.bounded(words)
    }
}
