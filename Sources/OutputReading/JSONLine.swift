import Foundation

/// A line that is a JSON object: what its fields say, in the words of the loggers of the field.
struct JSONLine {
    let fields: [String: Any]

    private static let messages = [
        "message", "msg", "event", "log", "text", "@message", "body", "short_message", "description",
    ]
    private static let errors = [
        "error", "err", "exception", "exc_info", "exc_text", "cause", "reason", "error.message", "exception.message",
        "detail",
    ]
    /// Traces are asked for the exception in them; one without any, as zap writes it, says nothing.
    private static let traces = [
        "stack_trace", "stacktrace", "stack", "traceback", "error.stack_trace", "exception.stacktrace", "stackTrace",
        "error_stack", "errorVerbose",
    ]
    private static let levels = [
        "level", "severity", "lvl", "levelname", "log.level", "loglevel", "@level", "severity_text", "l",
    ]

    init?(_ bytes: [UInt8]) {
        guard bytes.first == UInt8(ascii: "{"), bytes.count > 2 else { return nil }
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)), let fields = value as? [String: Any]
        else {
            return nil
        }
        self.fields = fields
    }

    init(fields: [String: Any]) { self.fields = fields }

    var level: Level? {
        for key in JSONLine.levels {
            if let word = fields[key] as? String {
                if let level = Level(word: Array(word.utf8)) { return level }
                if word.utf8.count == 1, let level = Level(letter: word.utf8.first ?? 0) { return level }
                if let number = Double(word) { return Level(number: number) }
            }
            if let number = fields[key] as? Double, !(fields[key] is Bool) { return Level(number: number) }
        }
        return inner?.level
    }

    /// Where loggers put their fields one level deeper: `fields`, and `record` of loguru.
    private var inner: JSONLine? {
        for key in ["fields", "record", "data", "log"] {
            if let deeper = fields[key] as? [String: Any] {
                // loguru: `"level": {"name": "ERROR"}`.
                var flat = deeper
                if let level = deeper["level"] as? [String: Any], let name = level["name"] { flat["level"] = name }
                return JSONLine(fields: flat)
            }
        }
        return nil
    }

    /// Whether this is the log of one request.
    var isAccess: Bool {
        let keys = Set(fields.keys).union(inner?.fields.keys ?? [:].keys)
        return !keys.isDisjoint(with: ["method", "http.method", "request_method", "verb"])
            && !keys.isDisjoint(with: [
                "path", "url", "uri", "request_uri", "http.route", "http.path", "endpoint", "target",
            ])
            && !keys.isDisjoint(with: ["status", "status_code", "http.status_code", "code", "statusCode"])
            && error == nil
    }

    var message: String? {
        for key in JSONLine.messages {
            if let text = fields[key] as? String, !text.isEmpty { return text }
        }
        return inner?.message
    }

    /// What the error fields say.
    var error: String? {
        for key in JSONLine.errors {
            guard let value = fields[key], let text = JSONLine.text(ofError: value, depth: 0) else { continue }
            guard key.hasSuffix(".message"), let type = fields[key.replacing("message", with: "type")] as? String else {
                return text
            }
            return type + ": " + text
        }
        return inner?.error
    }

    var trace: String? {
        for key in JSONLine.traces {
            if let value = fields[key], let text = JSONLine.text(ofError: value, depth: 0) { return text }
        }
        return inner?.trace
    }

    /// The exceptions that structlog lists, as Python would have printed them: the root first.
    private static func traceback(_ list: [Any]) -> String? {
        let raised = list.prefix(8).compactMap { $0 as? [String: Any] }.filter { $0["exc_type"] is String }
        guard !raised.isEmpty else { return nil }
        let blocks = raised.reversed().map { one in
            let frames = (one["frames"] as? [[String: Any]] ?? []).suffix(8).map { frame in
                "  File \"\(frame["filename"] as? String ?? "")\", line \(frame["lineno"] as? Int ?? 0), in f\n"
            }
            let text = [one["exc_type"] as? String ?? "", one["exc_value"] as? String ?? ""].filter { !$0.isEmpty }
            return "Traceback (most recent call last):\n" + frames.joined() + text.joined(separator: ": ") + "\n"
        }
        return blocks.joined(
            separator: "\nThe above exception was the direct cause of the following exception:\n\n")
    }

    /// The text of an error that is a string, an object or a list of them.
    static func text(ofError value: Any, depth: Int) -> String? {
        if depth > 4 { return nil }
        if let text = value as? String {
            return text.isEmpty || text == "NoneType: None" || text == "None" ? nil : text
        }
        if let list = value as? [Any] {
            if let chain = traceback(list) { return chain }
            let texts = list.prefix(8).compactMap { text(ofError: $0, depth: depth + 1) }
            return texts.isEmpty ? nil : texts.joined(separator: "; ")
        }
        guard let object = value as? [String: Any] else { return nil }
        if let type = object["exc_type"] as? String {
            return [type, object["exc_value"] as? String ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        }
        for key in ["cause", "stack_trace", "stacktrace", "stack", "traceback"] {
            if let inner = object[key], let text = text(ofError: inner, depth: depth + 1) { return text }
        }
        for key in ["message", "msg", "detail", "reason", "error", "description", "value", "title"] {
            guard let inner = object[key], let text = text(ofError: inner, depth: depth + 1) else { continue }
            let name = (object["type"] ?? object["name"] ?? object["kind"] ?? object["class"]) as? String
            guard let name, let type = ExceptionName(Array(name.utf8)), type.isError, !text.hasPrefix(name) else {
                return text
            }
            return name + ": " + text
        }
        return nil
    }
}
