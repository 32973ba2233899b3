/// Loggers and places in the source between the level and the message.
extension PrefixScanner {
    mutating func scanLogger(at start: Int) -> Bool {
        let end = line.afterToken(at: start)
        let token = line[start..<end]
        guard token.count <= 100, end < line.count, let last = token.last else { return false }
        let isLast = line.afterBlanks(at: end) == line.count
        guard !isLast else { return false }
        // In an assertion the place is a part of the message, so it goes only after a time or a level.
        if last == UInt8(ascii: "]") || (last == UInt8(ascii: ":") && hasBegun), SourcePlace.isPlace(token.dropLast()) {
            return take(to: end)
        }
        if SourcePlace.isPlace(token), SourcePlace.hasFunction(token) || hasBegun {
            return take(to: afterSeparator(at: end))
        }
        guard hasBegun, !(line[start] == UInt8(ascii: "|") && line.last == line[start]) else { return false }
        let next = line.afterBlanks(at: end)
        let isName = token.allSatisfy { $0.isNamePart || $0.isOne(of: ".:/-$@#<>[]") }
        // Ray: `controller 1669 -- `, `worker.py:2029 -- `.
        if let dashes = line[start..<Swift.min(line.count, start + 60)].firstPlace(of: " -- ", from: start),
            line[start..<dashes].split(separator: 32).count <= 3
        {
            return take(to: dashes + 3)
        }
        // A logger before its level: `uvicorn.error ERROR: `.
        if level == nil, hasTime, isName, next > end {
            var word = line[next..<line.afterToken(at: next)]
            if word.last == UInt8(ascii: ":") { word = word.dropLast() }
            if word.allSatisfy(\.isUppercase), word.count >= 4, Level(word: word) != nil { return take(to: end) }
        }
        // The process before both, as KServe writes it: `1 kserve ERROR [storage.py:download():65] `.
        if level == nil, hasTime, token.allSatisfy(\.isDigit), next > end {
            let named = line.afterToken(at: next)
            let word = line[line.afterBlanks(at: named)..<line.afterToken(at: line.afterBlanks(at: named))]
            if word.count >= 4, word.allSatisfy(\.isUppercase), Level(word: word) != nil { return take(to: named) }
        }
        // `mod.name - `, `mod:function:12 - `, `o.s.Boot : `, `name | `.
        if isName, line.has("- ", at: next) || line.has("| ", at: next) || line.has(": ", at: next),
            !token.elementsEqual("-".utf8)
        {
            return take(to: next + 1)
        }
        // The thread of log4j before its logger: `main org.app.Loader - `.
        let after = line.afterToken(at: next)
        if isName, level != nil, next < after, line[next..<after].contains(UInt8(ascii: ".")),
            line.has(" - ", at: after),
            line[next..<after].allSatisfy({ $0.isNamePart || $0.isOne(of: ".$") })
        {
            return take(to: after + 2)
        }
        if token.elementsEqual("---".utf8) || token.elementsEqual("-".utf8) || token.elementsEqual("|".utf8) {
            return take(to: end)
        }
        // `1#1:` of nginx, and the process of Spring: `ERROR 123 --- [main]`.
        if last == UInt8(ascii: ":"), token.contains(UInt8(ascii: "#")),
            token.dropLast().allSatisfy({ $0.isDigit || $0 == 35 })
        {
            return take(to: end)
        }
        if token.allSatisfy(\.isDigit), line.has("---", at: next) || (hasTime && level == nil && token.count > 3) {
            return take(to: end)
        }
        // `target::path: ` of Rust. With dots it may be a file or an exception.
        if last == UInt8(ascii: ":"), isName, token.has("::"), !token.has("rror"), !token.has("xception") {
            return take(to: end)
        }
        return false
    }
}
