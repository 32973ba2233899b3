import JournalRendering

/// A line of a server's output as it is passed on.
enum ServerLine {
    /// Nothing in the line can move the cursor, change the title of the window or hide what stands around it: sequences
    /// that do so go, and other control characters are spelled out. Tabs stay.
    /// - Parameter keepsColor: whether sequences that only choose a colour or a style stay.
    static func harmless(_ line: String, keepsColor: Bool) -> String {
        let scalars = Array(line.unicodeScalars)
        guard scalars.contains(where: { Escaping.isDangerous($0) && $0 != "\t" }) else { return line }
        var result = String.UnicodeScalarView()
        var hasColor = false
        var place = 0
        while place < scalars.count {
            let scalar = scalars[place]
            if scalar == "\u{1b}", let end = endOfSequence(scalars, from: place) {
                if keepsColor, isStyle(scalars[place..<end]) {
                    result.append(contentsOf: scalars[place..<end])
                    hasColor = true
                }
                place = end
                continue
            }
            if scalar == "\t" || !Escaping.isDangerous(scalar) {
                result.append(scalar)
            } else {
                result.append(contentsOf: Escaping.visible(String(scalar)).unicodeScalars)
            }
            place += 1
        }
        // A colour ends with its line at the latest.
        return String(result) + (hasColor ? "\u{1b}[0m" : "")
    }

    /// - Returns: the place after a whole control sequence (ECMA-48) or the command of an operating system (OSC) that
    ///   begins here; nil if it is neither, or is cut off.
    private static func endOfSequence(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        guard start + 1 < scalars.count else { return nil }
        switch scalars[start + 1] {
        case "[":
            let final = scalars[(start + 2)...].firstIndex { !("\u{20}"..."\u{3f}").contains($0) }
            return final.flatMap { ("\u{40}"..."\u{7e}").contains(scalars[$0]) ? $0 + 1 : nil }
        case "]":
            let rest = scalars[(start + 2)...]
            guard let end = rest.firstIndex(where: { $0 == "\u{7}" || $0 == "\u{1b}" }) else { return nil }
            if scalars[end] == "\u{7}" { return end + 1 }
            return end + 1 < scalars.count && scalars[end + 1] == "\\" ? end + 2 : nil
        default: return nil
        }
    }

    private static func isStyle(_ sequence: ArraySlice<Unicode.Scalar>) -> Bool {
        sequence.last == "m"
            && sequence.dropFirst(2).dropLast().allSatisfy { ("0"..."9").contains($0) || $0 == ";" || $0 == ":" }
    }
}
