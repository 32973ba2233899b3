/// A line of fields: `level=error msg="cannot load" err="no such file"`, and klog's `"cannot load" err="…"`.
struct FieldLine {
    private(set) var fields: [String: String] = [:]
    /// The quoted message that klog and Triton begin with.
    private(set) var quoted: String?

    init?(_ bytes: [UInt8]) {
        var place = 0
        if bytes.first == UInt8(ascii: "\"") {
            guard let (text, end) = FieldLine.quotedText(bytes, at: 0) else { return nil }
            quoted = text
            place = bytes.afterBlanks(at: end)
            guard place == bytes.count || end < place else { return nil }
        } else {
            // Only what begins with a field is made of fields.
            guard let first = FieldLine.key(bytes, at: 0) else { return nil }
            _ = first
        }
        while place < bytes.count {
            place = bytes.afterBlanks(at: place)
            guard let (key, start) = FieldLine.key(bytes, at: place) else {
                place = bytes.afterToken(at: place)
                continue
            }
            if start < bytes.count, bytes[start] == UInt8(ascii: "\""),
                let (text, end) = FieldLine.quotedText(bytes, at: start)
            {
                fields[key] = text
                place = end
            } else {
                let end = bytes.afterToken(at: start)
                fields[key] = String(decoding: bytes[start..<end], as: UTF8.self)
                place = end
            }
        }
        guard quoted != nil || fields.count > 1 && (level != nil || fields["msg"] != nil || fields["message"] != nil)
        else {
            return nil
        }
    }

    var level: Level? {
        for key in ["level", "lvl", "severity", "log.level"] {
            if let word = fields[key], let level = Level(word: Array(word.utf8)) { return level }
        }
        return nil
    }

    var message: String? { quoted ?? fields["msg"] ?? fields["message"] ?? fields["event"] }

    var error: String? {
        for key in ["err", "error", "exception", "exc_info", "reason", "cause"] {
            if let text = fields[key], !text.isEmpty, text != "<nil>", text != "null", text != "nil" { return text }
        }
        return nil
    }

    var isAccess: Bool {
        fields["method"] != nil && (fields["path"] ?? fields["uri"] ?? fields["url"]) != nil
            && (fields["status"] ?? fields["code"] ?? fields["status_code"]) != nil && error == nil
    }

    private static func key(_ bytes: [UInt8], at start: Int) -> (String, Int)? {
        var end = start
        while end < bytes.count, end - start < 40, bytes[end].isNamePart || bytes[end].isOne(of: ".-@") { end += 1 }
        guard end > start, end < bytes.count, bytes[end] == UInt8(ascii: "="), !bytes.has("==", at: end) else {
            return nil
        }
        return (String(decoding: bytes[start..<end], as: UTF8.self), end + 1)
    }

    /// The text between the quotation mark at `start` and the next one, with its escapes undone.
    private static func quotedText(_ bytes: [UInt8], at start: Int) -> (String, Int)? {
        var text: [UInt8] = []
        var place = start + 1
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""): return (String(decoding: text, as: UTF8.self), place + 1)
            case UInt8(ascii: "\\") where place + 1 < bytes.count:
                place += 1
                switch bytes[place] {
                case UInt8(ascii: "n"): text.append(10)
                case UInt8(ascii: "t"): text.append(9)
                case UInt8(ascii: "r"): break
                default: text.append(bytes[place])
                }
            default: text.append(bytes[place])
            }
            place += 1
        }
        return nil
    }
}
