import Foundation

extension OutputReader {
    /// What an HTTP answer says about an error, in one line: the members `error`, `detail`, `message` and
    /// `stack_trace` of JSON, the title and text of HTML, else its first line.
    /// - Returns: nil for an answer that says nothing.
    package static func readAnswer(_ body: String) -> String? {
        AnswerBody.text(body)
    }
}

/// Unpacks the answer to a failed request.
enum AnswerBody {
    static func text(_ body: String) -> String? {
        let visible = VisibleLines.split(body).map { String(decoding: $0, as: UTF8.self) }
        let lines = visible.map { $0.drop { $0.isWhitespace } }.filter { !$0.isEmpty }
        guard let first = lines.first else { return nil }
        if first.first == "{" || first.first == "[" || first.first == "\"" {
            if let text = json(body) ?? lines.lazy.compactMap({ json(String($0)) }).first { return text }
        }
        // Server-sent events: the error is in one of the data lines.
        let data = lines.compactMap { $0.hasPrefix("data:") ? String($0.dropFirst(5)) : nil }
        if !data.isEmpty {
            for event in data {
                if let text = json(event) { return text }
            }
            return shown(data[0])
        }
        if first.first == "<", let text = HTMLAnswer.text(body) { return text }
        return shown(body)
    }

    /// The root exception of a traceback, else the first lines.
    static func shown(_ text: String) -> String? {
        let messages = MessageReader().read(OutputLine.lines(of: text))
        if let exception = Burst(messages.filter(\.isException)).findings().cause { return exception.text }
        let lines = VisibleLines.split(text).prefix(6).map { String(decoding: $0, as: UTF8.self) }
        let line = OneLine.text(lines)
        return line.isEmpty ? nil : line
    }

    private static func json(_ text: String) -> String? {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) else {
            return nil
        }
        return error(in: value, depth: 0)
    }

    /// Traces first, as they name the exception itself.
    private static let traces = ["stack_trace", "traceback", "stacktrace", "stackTrace", "stack", "trace", "exc_info"]
    private static let members = [
        "error", "detail", "details", "error_message", "errorMessage", "message", "msg", "errors", "reason", "title",
        "exception", "error_description", "logs", "status_message", "body", "data", "result", "outputs", "predictions",
    ]

    private static func error(in value: Any, depth: Int) -> String? {
        if depth > 6 { return nil }
        if let text = value as? String { return shown(text) }
        if let list = value as? [Any] {
            let texts = list.prefix(8).compactMap { entry in
                (entry as? [String: Any]).flatMap(place) ?? error(in: entry, depth: depth + 1)
            }
            return texts.isEmpty ? nil : OneLine.text(texts.joined(separator: "; "))
        }
        guard let object = value as? [String: Any] else { return nil }
        for key in traces {
            if let trace = object[key] as? String, let text = shown(trace) { return text }
            if let list = object[key] as? [String], let text = shown(list.joined(separator: "\n")) { return text }
        }
        if let placed = place(object) { return placed }
        var found: [String] = []
        for key in members {
            guard let member = object[key], !(member is NSNull), let text = error(in: member, depth: depth + 1) else {
                continue
            }
            if !found.contains(where: { $0.contains(text) || text == $0 }) { found.append(text) }
            // A general word before the sentence: `{"error": "Internal Server Error", "message": "…"}`.
            if found.count == 2 || Words(Array(text.utf8)).count > 4 { break }
        }
        guard !found.isEmpty else { return nil }
        let type = (object["type"] ?? object["exception_type"] ?? object["error_type"]) as? String
        if let type, found.count == 1, let name = ExceptionName(Array(type.utf8)), name.isError,
            !found[0].contains(type)
        {
            return OneLine.text(type + ": " + found[0])
        }
        return OneLine.text(found.joined(separator: ": "))
    }

    /// FastAPI: `{"loc": ["body", "text"], "msg": "Field required"}`.
    private static func place(_ object: [String: Any]) -> String? {
        guard let message = object["msg"] as? String, let places = object["loc"] as? [Any] else { return nil }
        return places.map { "\($0)" }.joined(separator: ".") + ": " + message
    }
}

/// The title and the text of a page that a server, a proxy or a debugger made.
enum HTMLAnswer {
    static func text(_ body: String) -> String? {
        let bytes = Array(body.utf8)
        var title: [UInt8] = []
        var text: [UInt8] = []
        var place = 0
        var isTitle = false
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "<") else {
                if isTitle { title.append(bytes[place]) } else { text.append(bytes[place]) }
                place += 1
                continue
            }
            var end = place + 1
            if bytes.has("<!--", at: place) {
                end = bytes.firstPlace(of: "-->", from: place + 4).map { $0 + 2 } ?? bytes.count
            } else {
                while end < bytes.count, bytes[end] != UInt8(ascii: ">") { end += 1 }
            }
            let name = bytes[(place + 1)..<Swift.min(place + 12, bytes.count)].prefix {
                $0.isLetter || $0.isDigit || $0 == 47
            }
            .map(\.lowercased)
            let tag = String(decoding: name, as: UTF8.self)
            place = Swift.min(end + 1, bytes.count)
            switch tag {
            case "title": isTitle = true
            case "/title": isTitle = false
            case "script": place = bytes.firstPlace(of: "</script", from: place) ?? bytes.count
            case "style": place = bytes.firstPlace(of: "</style", from: place) ?? bytes.count
            case "br", "p", "/p", "div", "/div", "h1", "/h1", "h2", "/h2", "hr", "li", "tr", "pre", "/pre", "center":
                text.append(10)
            default: break
            }
        }
        let head = OneLine.text(decoded(title))
        let plain = decoded(text)
        let shown = plain.contains("Traceback (most recent call last)") ? AnswerBody.shown(plain) : nil
        let rest = shown ?? OneLine.text(plain)
        if head.isEmpty { return rest.isEmpty ? nil : rest }
        if rest.isEmpty || head.contains(rest) { return head }
        return rest.hasPrefix(head) ? rest : OneLine.text(head + ": " + rest)
    }

    private static func decoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var place = 0
        let entities: [(StaticString, UInt8)] = [
            ("&lt;", 60), ("&gt;", 62), ("&amp;", 38), ("&quot;", 34), ("&#39;", 39), ("&#x27;", 39), ("&nbsp;", 32),
            ("&#34;", 34),
            ("&apos;", 39),
        ]
        outer: while place < bytes.count {
            if bytes[place] == UInt8(ascii: "&") {
                for (entity, byte) in entities where bytes.has(entity, at: place) {
                    text.append(byte)
                    place += entity.utf8CodeUnitCount
                    continue outer
                }
            }
            text.append(bytes[place])
            place += 1
        }
        return String(decoding: text, as: UTF8.self)
    }
}
