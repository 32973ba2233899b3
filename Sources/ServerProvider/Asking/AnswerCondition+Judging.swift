import Foundation

/// An answer as conditions read it. Its body is read as JSON once.
struct JudgedAnswer {
    /// The HTTP status; nil for an answer in another protocol.
    let status: Int?
    let text: String
    /// Nil if the body is not JSON.
    let json: Any?

    init(status: Int?, body: [UInt8]) {
        self.status = status
        text = String(decoding: body, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        json = try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)
    }
}

extension AnswerCondition {
    /// - Returns: nil if the answer meets the condition; otherwise what it says instead, in a few words.
    func complaint(about answer: JudgedAnswer) -> String? {
        switch subject {
        case .status: return holds(status: answer.status) ? nil : "\(wanted) was expected"
        case .body:
            if matches(text: answer.text) { return nil }
            return isPart ? "its body does not contain \(wanted)" : "its body is not \(wanted)"
        case .member(let path):
            guard let json = answer.json else { return "its body is no JSON with \(path)" }
            if path.holds(in: json, matches) { return nil }
            let leaves = path.leaves(in: json)
            guard !leaves.isEmpty else { return "its body has no \(path)" }
            let others = Self.shown(leaves.map(\.value).filter { !matches($0) })
            // Every one that is there matches.
            guard !others.isEmpty else { return "its body does not have \(path) everywhere" }
            return "\(path) is \(others)" + (isPart ? " without \(wanted)" : ", not \(wanted)")
        }
    }

    /// What the answer says that meets the condition, in a few words; nil if it does not meet it.
    func finding(in answer: JudgedAnswer) -> String? {
        guard complaint(about: answer) == nil else { return nil }
        switch subject {
        case .status: return answer.status.map { "its status is \($0)" }
        case .body: return isPart ? "its body contains \(wanted)" : "its body is \(wanted)"
        case .member(let path):
            let found = answer.json.map(path.leaves)?.map(\.value).filter(matches) ?? []
            return "\(path) is \(Self.shown(found))"
        }
    }

    /// The objects in which the values stand that meet the condition, in the order of the answer.
    func holders(in answer: JudgedAnswer) -> [[String: Any]] {
        guard case .member(let path) = subject, let json = answer.json else { return [] }
        return path.leaves(in: json).filter { matches($0.value) }.compactMap(\.holder)
    }

    private func holds(status: Int?) -> Bool {
        guard let status else { return false }
        return values.contains { Self.statuses($0)?.contains(status) ?? false }
    }

    private func matches(text: String) -> Bool {
        values.contains { isPart ? text.contains($0.text) : text == $0.text }
    }

    private func matches(_ json: Any) -> Bool {
        if let text = json as? String { return matches(text: text) }
        guard !isPart else { return false }
        return values.contains { value in
            guard !value.isQuoted else { return false }
            switch json {
            case is NSNull: return value.text == "null"
            case let number as NSNumber where Self.isBoolean(number): return value.text == "\(number.boolValue)"
            case let number as NSNumber: return Self.number(value.text) == number.doubleValue
            default: return false
            }
        }
    }

    /// As JSON writes numbers: not `inf`, and not `0x10`.
    private static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }

    /// Foundation has numbers and booleans in one type.
    private static func isBoolean(_ number: NSNumber) -> Bool {
        ["c", "B"].contains(String(cString: number.objCType))
    }

    private static func shown(_ values: [Any]) -> String {
        var texts: [String] = []
        for value in values {
            let text: String =
                switch value {
                case let text as String: text.isEmpty ? "\"\"" : AnswerWords.bounded(text)
                case is NSNull: "null"
                case let number as NSNumber: isBoolean(number) ? "\(number.boolValue)" : "\(number)"
                case is [Any]: "an array"
                default: "an object"
                }
            if !texts.contains(text) { texts.append(text) }
        }
        return ShortenedText.beginning(of: texts.joined(separator: ", "), most: 100)
    }
}
