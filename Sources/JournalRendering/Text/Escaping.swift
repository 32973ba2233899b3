/// Makes text from models and servers harmless on a terminal; the journal keeps it as it was.
package enum Escaping {
    /// Control characters, and those that reorder or hide what stands around them.
    package static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// Longer than anything that this program records, in scalars; nobody reads more on a terminal.
    package static let longest = 1 << 16

    /// One line, every dangerous character spelled out: `\n`, `\u{1b}`. What is longer than `longest` is cut.
    package static func visible(_ text: String) -> String {
        if text.utf8.count > longest,
            let end = text.unicodeScalars.index(
                text.startIndex, offsetBy: longest, limitedBy: text.endIndex), end < text.endIndex
        {
            return visible(String(text.unicodeScalars[..<end])) + "…"
        }
        guard text.unicodeScalars.contains(where: isDangerous) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isDangerous(scalar): result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same for each line of a longer text; tabs become spaces.
    package static func lines(_ text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            visible(String($0).replacing("\t", with: "    "))
        }
    }
}
