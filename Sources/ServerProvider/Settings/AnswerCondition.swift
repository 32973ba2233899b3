import Foundation

/// A condition on a server's answer, as `--ready-when`, `--failed-when` and `--alive-when` take it.
///
/// `http=200|204` is about the status, `body=Healthy` about the whole text of the body without the white space around
/// it, and anything else about the JSON in the body: `status=READY`, `workers[*].status=READY`. `~` in the place of `=`
/// asks for text that contains the value.
public struct AnswerCondition: Sendable, Hashable, CustomStringConvertible {
    enum Subject: Sendable, Hashable {
        case status
        case body
        case member(AnswerPath)
    }

    /// One of the values that may stand there.
    struct Value: Sendable, Hashable {
        let text: String
        /// Only a string matches; otherwise a number, `true`, `false` or `null` does, too.
        let isQuoted: Bool
    }

    /// What is neither a path nor a value on the left side, unless it is quoted.
    static let subjects: Set<String> = ["http", "body"]

    let subject: Subject
    /// Text that contains a value is enough.
    let isPart: Bool
    let values: [Value]

    /// A member of a JSON body that has a value.
    /// - Parameters:
    ///   - path: as in `model_version_status[].state`.
    ///   - value: what must stand there.
    public init(_ path: String, is value: String) {
        subject = .member((try? AnswerPath(path)) ?? AnswerPath(name: path))
        isPart = false
        let isPlain = !value.isEmpty && !value.contains { "|\"".contains($0) } && value == Self.trimmed(value[...])
        values = [Value(text: value, isQuoted: !isPlain)]
    }

    /// As the command line takes it and the journal keeps it.
    /// - Throws: `InvalidServerSetting` if it is not a condition.
    public init(_ text: String) throws {
        func malformed(_ words: String) -> InvalidServerSetting {
            InvalidServerSetting(
                "'\(text)' is not a condition: \(words); write for example status=READY, http=200|204 or body~ready")
        }
        guard let place = Self.firstOutsideQuotes(text[...], of: "=~") else { throw malformed("it has no '=' or '~'") }
        let left = Self.trimmed(text[..<place])
        isPart = text[place] == "~"
        var values: [Value] = []
        for part in Self.splitOutsideQuotes(text[text.index(after: place)...], at: "|") {
            let part = Self.trimmed(part)
            guard !part.isEmpty else { throw malformed("a value is empty; write \"\" for the empty text") }
            guard part.first == "\"" else {
                values.append(Value(text: part, isQuoted: false))
                continue
            }
            guard let (content, rest) = QuotedText.read(part[...]), rest.isEmpty else {
                throw malformed("a quote is not closed, or something follows it")
            }
            guard !isPart || !content.isEmpty else { throw malformed("every text contains the empty one") }
            values.append(Value(text: content, isQuoted: true))
        }
        self.values = values
        switch left {
        case "http":
            guard !isPart, values.allSatisfy({ Self.statuses($0) != nil }) else {
                throw malformed("http takes statuses such as 200 or 2xx")
            }
            subject = .status
        case "body": subject = .body
        default:
            do { subject = .member(try AnswerPath(left)) } catch { throw malformed(error.words) }
        }
    }

    /// As the command line takes it.
    public var description: String {
        let left =
            switch subject {
            case .status: "http"
            case .body: "body"
            case .member(let path): path.description
            }
        return left + (isPart ? "~" : "=")
            + values.map { $0.isQuoted ? QuotedText.write($0.text) : $0.text }.joined(separator: "|")
    }

    var isAboutStatus: Bool { subject == .status }

    /// The values for people: `READY or BUSY`.
    var wanted: String {
        let texts = values.map { $0.text.isEmpty ? "\"\"" : $0.text }
        guard texts.count > 1, let last = texts.last else { return texts.first ?? "" }
        return texts.dropLast().joined(separator: ", ") + " or " + last
    }

    /// The statuses that a value stands for: `200`, or `2xx` for all of a class.
    static func statuses(_ value: Value) -> ClosedRange<Int>? {
        let text = value.text.lowercased()
        guard !value.isQuoted, text.utf8.count == 3, let kind = text.first?.wholeNumberValue, (1...5).contains(kind)
        else { return nil }
        if text.hasSuffix("xx") { return (kind * 100)...(kind * 100 + 99) }
        return Int(text).map { $0...$0 }
    }

    // MARK: - Parts of the text

    private static func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }

    private static func firstOutsideQuotes(_ text: Substring, of wanted: String) -> Substring.Index? {
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\"" {
                isQuoted.toggle()
            } else if isQuoted {
                isEscaped = character == "\\"
            } else if wanted.contains(character) {
                return index
            }
        }
        return nil
    }

    private static func splitOutsideQuotes(_ text: Substring, at separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = text
        while let place = firstOutsideQuotes(rest, of: separator) {
            parts.append(rest[..<place])
            rest = rest[rest.index(after: place)...]
        }
        return parts + [rest]
    }
}

/// The earlier name of a condition, from when there was one kind of it.
public typealias ReadinessCondition = AnswerCondition
