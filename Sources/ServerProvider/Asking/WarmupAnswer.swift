import Foundation

/// Judges the body of an answer whose status is good: some servers report what went wrong in there.
enum WarmupAnswer {
    /// - Returns: the server's own words; nil if the body reports no error.
    static func error(in body: [UInt8]) -> String? {
        if let json = try? JSONSerialization.jsonObject(with: Data(body)) {
            return error(inObject: json).map { inItsBestWords($0, String(decoding: body, as: UTF8.self)) }
        }
        var stream = AnswerStream()
        stream.read(body)
        return stream.finished
    }

    /// The reader finds the exception in a trace, and the message in a member of another name.
    /// - Parameter source: the part of the body that reports the error.
    static func inItsBestWords(_ words: String, _ source: String) -> String {
        guard let found = ShortenedText.said(in: source), found.first != "{", found.first != "[" else { return words }
        return found
    }

    /// An object is looked at on its top level only: further inside, "error" may be a word of the model's.
    static func error(inObject json: Any) -> String? {
        guard let object = json as? [String: Any] else { return nil }
        if let error = words(object["error"]) { return error }
        let said = message(in: object)
        if let errors = object["errors"] as? [Any], let first = errors.lazy.compactMap(words).first { return first }
        for (key, bad) in [("status", ["failed", "failure", "error"]), ("object", ["error"]), ("type", ["error"])] {
            guard let value = object[key] as? String, bad.contains(value.lowercased()) else { continue }
            return said ?? "its \(key) is \(oneLine(value))"
        }
        if let success = object["success"] as? Bool, !success { return said ?? "its success is false" }
        return nil
    }

    /// What an object that reports an error says about it.
    static func message(in json: Any) -> String? {
        guard let object = json as? [String: Any] else { return nil }
        return ["message", "detail", "error_message"].lazy.compactMap { words(object[$0]) }.first
    }

    /// Some servers always have the member, and mean something by it only where it is not empty.
    private static func words(_ value: Any?) -> String? {
        switch value {
        case nil, is NSNull: return nil
        case let text as String: return text.isEmpty ? nil : oneLine(text)
        case let flag as Bool where !flag: return nil
        case let details as [String: Any]:
            if details.isEmpty { return nil }
            if let message = details["message"] as? String { return oneLine(message) }
            return oneLine(text(details))
        case let list as [Any] where list.isEmpty: return nil
        case let list as [String]: return oneLine(list.joined(separator: "; "))
        case let other?: return oneLine(text(other))
        }
    }

    private static func text(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }

    static func oneLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        // A traceback of Python ends with what went wrong.
        if let first = lines.first, first.hasPrefix("Traceback (most recent call last)"), let last = lines.last {
            return String(last)
        }
        return lines.joined(separator: " ")
    }
}

/// Reads an answer that comes as a stream, server-sent events or JSON in lines, and judges it on the way: it may
/// have no end.
struct AnswerStream: Sendable {
    private enum Form {
        case unknown, events, lines, other
    }

    private var form = Form.unknown
    private var line: [UInt8] = []
    private var endedWithReturn = false
    private var event = ""
    private var data: [String] = []
    private var count = 0
    /// The first error in it.
    private(set) var error: String?
    /// The server has said that it has no more to say.
    private var isDone = false

    /// So much of a stream without an error is a good one.
    private static let enough = 64 << 10
    private static let longestLine = 1 << 20

    /// Nothing that comes later can change the verdict.
    var isDecided: Bool { error != nil || isDone || (count > Self.enough && (form == .events || form == .lines)) }

    mutating func read(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            guard error == nil, form != .other else { return }
            count += 1
            switch byte {
            case 0x0A where endedWithReturn: break
            case 0x0A, 0x0D: endLine()
            default: line.append(byte)
            }
            endedWithReturn = byte == 0x0D
            if line.count > Self.longestLine { form = .other }
        }
    }

    /// The error in it, once there is no more.
    var finished: String? {
        var copy = self
        copy.endLine()
        copy.endEvent()
        return copy.error
    }

    private mutating func endLine() {
        defer { line.removeAll(keepingCapacity: true) }
        // A byte order mark, and what separates JSON texts by RFC 7464.
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        if line.first == 0x1E { line.removeFirst() }
        let text = String(decoding: line, as: UTF8.self)
        let isBlank = text.allSatisfy(\.isWhitespace)
        if form == .unknown, !isBlank { form = Self.form(of: text) }
        switch form {
        case .unknown, .other: break
        case .lines: if !isBlank { error = Self.error(in: text) }
        case .events:
            if isBlank { return endEvent() }
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return }
            let value = String(parts[1].first == " " ? parts[1].dropFirst() : parts[1])
            switch parts[0] {
            case "event": event = value
            case "data": data.append(value)
            default: break
            }
        }
    }

    private mutating func endEvent() {
        let said = data.joined(separator: "\n")
        let isError = event.lowercased() == "error"
        (event, data) = ("", [])
        if said == "[DONE]" { isDone = true }
        error = error ?? Self.error(in: said)
        if isError, error == nil {
            let words = Self.object(said).flatMap(WarmupAnswer.message) ?? WarmupAnswer.oneLine(said)
            error = said.isEmpty ? "an event of the kind error" : WarmupAnswer.inItsBestWords(words, said)
        }
    }

    /// By its first line that is not blank.
    private static func form(of line: String) -> Form {
        if ["data:", "event:", "id:", "retry:", ":"].contains(where: line.hasPrefix) { return .events }
        return object(line) is [String: Any] ? .lines : .other
    }

    private static func error(in text: String) -> String? {
        object(text).flatMap(WarmupAnswer.error(inObject:)).map { WarmupAnswer.inItsBestWords($0, text) }
    }

    private static func object(_ text: String) -> Any? { try? JSONSerialization.jsonObject(with: Data(text.utf8)) }
}
