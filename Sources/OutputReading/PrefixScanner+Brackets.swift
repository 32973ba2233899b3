/// Levels, times, processes and places in brackets.
extension PrefixScanner {
    mutating func scanBracket(at start: Int) -> Bool {
        let closing: StaticString
        switch line[start] {
        case UInt8(ascii: "["): closing = "]"
        case UInt8(ascii: "("): closing = ")"
        case UInt8(ascii: "<"): closing = ">"
        default: return false
        }
        guard let end = close(from: start, with: closing) else { return false }
        let from = line.afterBlanks(at: start + 1)
        guard from < end else { return false }
        var to = end
        while line[to - 1].isBlank { to -= 1 }
        let content = line[from..<to]
        guard let understood = understand(content, isSquare: closing.utf8Start.pointee == UInt8(ascii: "]")) else {
            // `[TensorRT-LLM][ERROR] `, `[GIN-debug] [ERROR] `: a name before its level.
            guard !hasBegun, isBeforeLevel(end + 1), !content.contains(where: \.isBlank) else { return false }
            return take(to: end + 1)
        }
        if understood.isOrigin { origin += String(decoding: content, as: UTF8.self) }
        level = understood.level ?? level
        var after = end + 1
        if after < line.count, line[after].isOne(of: ":"), after + 1 == line.count || !line[after + 1].isOne(of: ":") {
            after += 1
        }
        return take(to: afterSeparator(at: after), marks: !understood.isOrigin)
    }

    private func isBeforeLevel(_ place: Int) -> Bool {
        let open = line.afterBlanks(at: place)
        guard open < line.count, line[open] == UInt8(ascii: "["), let end = close(from: open, with: "]") else {
            return false
        }
        let word = line[(open + 1)..<end]
        return word.count > 3 && word.allSatisfy(\.isUppercase) && Level(word: word) != nil
    }

    func understand(_ content: ArraySlice<UInt8>, isSquare: Bool) -> (level: Level?, isOrigin: Bool)? {
        if let level = Level(word: content) { return (level, false) }
        if content.count == 1, let first = content.first, let letter = Level(letter: first) { return (letter, false) }
        // `[E:onnxruntime:Default, file.cc:12 Name]`, `[ERROR|modeling.py:12]`, `[ERROR/MainProcess]`.
        let word = content.prefix { $0.isLetter }
        if isSquare, word.count < content.count, content[word.endIndex].isOne(of: ":|/, ") {
            if let level = Level(word: word), word.contains(where: \.isUppercase) { return (level, false) }
            if word.count == 1, content[word.endIndex] == UInt8(ascii: ":"), let level = Level(letter: word.first ?? 0)
            {
                return (level, false)
            }
        }
        let glog = Array(content)
        if glog.count > 12, Level(letter: glog[0]) != nil, glog.afterDigits(at: 1, least: 4, most: 4) == 5,
            glog[5].isBlank
        {
            return (Level(letter: glog[0]), false)
        }
        if content.starts(with: "rank".utf8), content.dropFirst(4).allSatisfy(\.isDigit) { return (nil, true) }
        if content.starts(with: "pod/".utf8) { return (nil, true) }
        if isSquare, Timestamp.end(in: glog, at: 0) != nil {
            let words = content.split(whereSeparator: \.isBlank)
            let letter = words.dropFirst(2).first.flatMap { $0.count == 1 ? $0.first : nil }
            return (words.lazy.compactMap { Level(word: $0) }.first ?? letter.flatMap { Level(letter: $0) }, false)
        }
        // `[NeMo E 2026-11-30 10:00:00 nemo_logging:417]`.
        let named = content.split(separator: 32, maxSplits: 2)
        if isSquare, named.count == 3, named[1].count == 1, let letter = Level(letter: named[1].first ?? 0),
            Timestamp.end(in: Array(named[2]), at: 0) != nil
        {
            return (letter, false)
        }
        if isSquare, content.allSatisfy({ $0.isDigit || $0.isOne(of: "., #") }), content.contains(where: \.isDigit) {
            return (nil, !isMarked && content.contains(UInt8(ascii: ",")))
        }
        let isShort = content.count <= 80 && !content.contains(where: \.isBlank)
        guard isShort, !content.has("rror"), !content.has("xception") else { return nil }
        if SourcePlace.isPlace(content) { return (nil, false) }
        guard hasBegun, content.allSatisfy({ $0.isNamePart || $0.isOne(of: ".:/-$@#=,<>") }) else { return nil }
        return (nil, false)
    }
}
