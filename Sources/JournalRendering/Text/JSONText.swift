/// JSON text (RFC 8259).
package enum JSONText {
    package static func compact(_ value: OutputValue) -> String {
        var text = ""
        write(value, to: &text, indent: nil)
        return text
    }

    package static func pretty(_ value: OutputValue) -> String {
        var text = ""
        write(value, to: &text, indent: 0)
        return text
    }

    /// An element of a long array, as `pretty` writes it with what comes before.
    package static func element(_ value: OutputValue, isFirst: Bool) -> String {
        var text = isFirst ? "[\n  " : ",\n  "
        write(value, to: &text, indent: 2)
        return text
    }

    private static func write(_ value: OutputValue, to text: inout String, indent: Int?) {
        switch value {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? shortest(value) : "null"
        case .string(let value): quote(value, to: &text)
        case .milliseconds(let value): text += milliseconds(value)
        case .json(let value):
            // Outside of its strings such a text is printable ASCII.
            for scalar in value.unicodeScalars {
                if Escaping.isDangerous(scalar) {
                    escape(scalar, to: &text)
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        case .array(let values):
            list(values, "[", "]", to: &text, indent: indent) { value, text, indent in
                write(value, to: &text, indent: indent)
            }
        case .object(let members):
            list(members, "{", "}", to: &text, indent: indent) { member, text, indent in
                quote(member.0, to: &text)
                text += indent == nil ? ":" : ": "
                write(member.1, to: &text, indent: indent)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: String, _ close: String, to text: inout String, indent: Int?,
        _ write: (Element, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            write(element, &text, inner)
        }
        if let indent, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += close
    }

    /// `352417` µs as `352.417`.
    package static func milliseconds(_ microseconds: Int64) -> String {
        let (whole, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let sign = microseconds < 0 ? "-" : ""
        guard rest > 0 else { return sign + String(whole) }
        var fraction = String(rest)
        fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return sign + String(whole) + "." + fraction
    }

    private static func shortest(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            // Control characters must be escaped; so are those that would disturb a terminal.
            case _ where Escaping.isDangerous(scalar):
                escape(scalar, to: &text)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private static func escape(_ scalar: Unicode.Scalar, to text: inout String) {
        for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
