/// Values that are lists, dictionaries, constructor calls or the lines that follow a name.
extension SecretScanner {
    // MARK: - In brackets

    /// Where the first bracket of a list is: `['a', 'b']`, `SecretStr('a')`, `[]string{"a"}`, `vec!["a"]`.
    func list(at start: Int) -> Int? {
        if Self.opens(bytes[start]) {
            // An empty one, before a type in Go.
            let end = skip(from: start, atMost: 8) {
                $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") || SecretShapes.isDigit($0)
            }
            guard end > start + 1, bytes[end - 1] == UInt8(ascii: "]"), let type = constructor(at: end) else {
                return start
            }
            return type
        }
        return constructor(at: start)
    }

    /// A name with a bracket and a quote: only a quote tells a call from a password with a bracket in it.
    func constructor(at start: Int) -> Int? {
        let name = skip(from: start, atMost: 64) { SecretShapes.isAlphanumeric($0) || "_.:!&*".utf8.contains($0) }
        guard name > start, name < bytes.count, Self.opens(bytes[name]) else { return nil }
        // `password.encode("utf-8")`, in code that a traceback quotes.
        let method = bytes[start..<name].split(separator: UInt8(ascii: ".")).last ?? []
        guard !Self.methods.contains(String(decoding: method, as: UTF8.self)) else { return nil }
        let inside = skip(from: name, atMost: 4, Self.opens)
        if opening(at: inside).quote != nil { return name }
        let member = skip(from: inside, atMost: 32) { SecretShapes.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        guard member > inside, member < bytes.count, bytes[member] == UInt8(ascii: "=") else { return nil }
        return opening(at: member + 1).quote != nil ? name : nil
    }

    private static let methods: Set<String> = [
        "ask_password", "decode", "encode", "format", "getpass", "input", "join", "prompt", "replace", "split", "strip",
    ]

    /// Takes out what is in the brackets that begin at `position`. Stops when the text is not a list any more.
    mutating func hideElements(_ meaning: SecretNames.Meaning, _ place: Place) {
        var depth = 0
        // Another line belongs to the list only after a comma or a bracket, or if it begins with a bracket or a quote.
        var mayContinue = true
        var isNewLine = false
        var member: ArraySlice<UInt8>?
        var elements = 0
        let before = found.count
        while position < bytes.count {
            let byte = bytes[position]
            if Self.opens(byte) {
                depth += 1
                (mayContinue, isNewLine, member, elements) = (true, false, nil, 0)
                copy(to: position + 1)
            } else if Self.closes(byte) {
                depth -= 1
                (mayContinue, isNewLine, member) = (false, false, nil)
                copy(to: position + 1)
                if depth <= 0 { return hideRest(found.count > before) }
            } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") {
                (mayContinue, member) = (true, nil)
                copy(to: position + 1)
            } else if let end = lineEnd(at: position) {
                let next = skipLinePrefix(from: end)
                guard next < bytes.count, mayContinue || Self.closes(bytes[next]) || opening(at: next).quote != nil
                else {
                    return
                }
                isNewLine = true
                copy(to: next)
            } else if Self.isBlank(byte) || byte == 0x1B {
                copy(to: max(position + 1, skipBlanks(from: position)))
            } else {
                // `auth=('ann', 'hunter2')`
                var meaning = meaning
                if case .login = meaning.kind, elements == 1 { meaning.kind = .secret }
                guard hideElement(meaning, &member, isNewLine: isNewLine, place) else { return }
                elements += 1
                (mayContinue, isNewLine) = (member != nil, false)
            }
        }
    }

    /// One element, or the name of one.
    /// - Parameter member: the name of the next element, in a dictionary.
    /// - Returns: false if this cannot be one.
    private mutating func hideElement(
        _ list: SecretNames.Meaning, _ member: inout ArraySlice<UInt8>?, isNewLine: Bool, _ place: Place
    ) -> Bool {
        let (content, quote) = opening(at: position)
        var place = Place(isSpaced: true, name: place.name, isMember: member != nil)
        if let quote {
            let end = closing(quote, from: content)
            let after = after(quote, endingAt: end)
            let next = skipBlanks(from: after)
            if member == nil, next < bytes.count, let length = separator(at: next, after: bytes[content..<end]) {
                member = bytes[content..<end]
                copy(to: next + length)
                return true
            }
            if let key = privateKey(from: content) {
                redact(key)
            } else if let secret = secret(meaning(of: member, in: list), content..<end, isQuoted: true, place) {
                redact(secret)
            }
            copy(to: max(position, after))
        } else {
            if let bracket = constructor(at: position) {
                copy(to: bracket)
                return true
            }
            let end = skip(from: position) { $0 > 0x20 && !Self.isQuote($0) && !",;)]}\\".utf8.contains($0) }
            guard end > position else { return false }
            // A line of another kind may follow a list that was never closed.
            if isNewLine,
                skip(from: end, Self.isBlank) == bytes.count
                    || !",)]}:=\n".utf8.contains(bytes[skip(from: end, Self.isBlank)])
            {
                return false
            }
            if member == nil, let last = bytes[position..<end].last, ":=".utf8.contains(last) {
                member = bytes[position..<(end - 1)]
                copy(to: end)
                return true
            }
            if isNewLine, bytes[position..<end].contains(UInt8(ascii: ":")) { return false }
            // `map[admin:abc]` in Go.
            var value = position..<end
            if member == nil, let colon = bytes[value].firstIndex(where: { ":=".utf8.contains($0) }),
                bytes[position..<colon].allSatisfy(Self.isWordByte), colon > position
            {
                member = bytes[position..<colon]
                value = (colon + 1)..<end
                place.isMember = true
            }
            if let secret = secret(meaning(of: member, in: list), value, isQuoted: false, place) { redact(secret) }
            copy(to: max(position, end))
        }
        member = nil
        return true
    }

    /// A member of a dictionary that is a secret may be known better by its own name.
    private func meaning(of member: ArraySlice<UInt8>?, in list: SecretNames.Meaning) -> SecretNames.Meaning {
        guard let member else { return list }
        if case .secret = list.kind { return list }
        return SecretNames.meaning(member, isQuoted: true) ?? list
    }

    /// Text right after the last bracket is part of a password that has brackets in it.
    private mutating func hideRest(_ hasSecrets: Bool) {
        guard hasSecrets, position < bytes.count, SecretShapes.isAlphanumeric(bytes[position]) else { return }
        let end = skip(from: position) { SecretShapes.isAlphanumeric($0) || "!$#%^*+-_".utf8.contains($0) }
        redact(position..<end)
    }

    /// The end of a line, in this text or in the one that it quotes.
    private func lineEnd(at index: Int) -> Int? {
        if Self.isNewline(bytes[index]) { return index + 1 }
        return at(index, "\\n") || at(index, "\\r") ? index + 2 : nil
    }

    /// Indentation, and what a launcher writes before each line: `(pid=4711) `, `server-1  | `.
    private func skipLinePrefix(from start: Int) -> Int {
        let index = skipBlanks(from: start)
        guard index < bytes.count else { return index }
        if bytes[index] == UInt8(ascii: "(") {
            let end = skip(from: index + 1, atMost: 60) { $0 >= 0x20 && !"()'\"".utf8.contains($0) }
            if end + 1 < bytes.count, bytes[end] == UInt8(ascii: ")"), Self.isBlank(bytes[end + 1]) {
                return skipBlanks(from: end + 1)
            }
        }
        let word = skip(from: index, atMost: 60, Self.isWordByte)
        let bar = skipBlanks(from: word)
        return word > index && bar > word && at(bar, "| ") ? skipBlanks(from: bar + 1) : index
    }

    private static func opens(_ byte: UInt8) -> Bool { "[({".utf8.contains(byte) }
    private static func closes(_ byte: UInt8) -> Bool { "])}".utf8.contains(byte) }

    // MARK: - On the following lines

    /// `|` and `>-` of YAML, at the end of a line.
    func isBlockScalar(at start: Int) -> Bool {
        guard at(start, "|") || at(start, ">") else { return false }
        let end = skip(from: start + 1, atMost: 2) { "-+0123456789".utf8.contains($0) }
        return end < bytes.count && Self.isNewline(bytes[end])
    }

    /// A list or a dictionary of YAML, a block of text, or a line that has nothing but the value.
    /// - Returns: whether `position` has moved.
    mutating func hideFollowingLines(
        _ meaning: SecretNames.Meaning, at newline: Int, _ place: Place, isScalar: Bool = false
    ) -> Bool {
        guard let indentation = indentation(of: place.name) else { return hideOnlyWord(meaning, after: newline, place) }
        let before = position
        var line = newline
        while line < bytes.count, Self.isNewline(bytes[line]) {
            line = skip(from: line, atMost: bytes[line] == UInt8(ascii: "\r") ? 2 : 1, Self.isNewline)
            var content = skip(from: line, Self.isBlank)
            let depth = content - line
            let isItem = at(content, "- ")
            guard content < bytes.count, !Self.isNewline(bytes[content]),
                isItem ? depth >= indentation : depth > indentation
            else { break }
            if isItem { content = skip(from: content + 1, Self.isBlank) }
            let member = isScalar ? nil : memberName(at: content)
            guard isItem || isScalar || member != nil else { break }
            let end = skip(from: content) { !Self.isNewline($0) }
            var place = Place(isSpaced: true, name: place.name, isMember: member != nil)
            var own = meaning
            if let member {
                own = self.meaning(of: bytes[member], in: meaning)
                content = skip(from: skipClosingQuote(from: member.upperBound) + 1, Self.isBlank)
                place.isSpaced = true
            }
            if content < end { hideLine(own, content..<end, place) }
            line = end
        }
        return position > before || hideOnlyWord(meaning, after: newline, place)
    }

    /// What is left of a line, a scalar of YAML.
    private mutating func hideLine(_ meaning: SecretNames.Meaning, _ line: Range<Int>, _ place: Place) {
        let (content, quote) = opening(at: line.lowerBound)
        var end = line.upperBound
        if let quote {
            end = closing(quote, from: content)
        } else {
            if let comment = bytes[line].firstIndex(of: UInt8(ascii: "#")), comment > line.lowerBound,
                Self.isBlank(bytes[comment - 1])
            {
                end = comment
            }
            while end > content, Self.isBlank(bytes[end - 1]) { end -= 1 }
        }
        if let key = privateKey(from: content) { return redact(key) }
        if let secret = secret(meaning, content..<max(content, end), isQuoted: quote != nil, place) { redact(secret) }
    }

    /// `Generated password:` with the password alone on the next line, or on the one after that.
    private mutating func hideOnlyWord(_ meaning: SecretNames.Meaning, after newline: Int, _ place: Place) -> Bool {
        let content = skip(from: newline, atMost: 80) { $0 <= 0x20 }
        let end = skip(from: content) { $0 > 0x20 }
        let rest = skip(from: end, Self.isBlank)
        guard end > content, rest == bytes.count || Self.isNewline(bytes[rest]) else { return false }
        let value = opening(at: content)
        let range = value.content..<self.end(ofValueAt: value.content, value.quote, after: place.name)
        guard looksLikeSecret(range, meaning), let secret = secret(meaning, range, isQuoted: false, place) else {
            return false
        }
        redact(secret)
        return true
    }

    /// How far the line of a name is indented; nil if other text is before it.
    private func indentation(of name: ArraySlice<UInt8>) -> Int? {
        var index = name.startIndex
        while index > 0, name.startIndex - index < 200 {
            let byte = bytes[index - 1]
            if Self.isNewline(byte) { return name.startIndex - index }
            guard Self.isBlank(byte) || byte == UInt8(ascii: "-") || Self.isQuote(byte) else { return nil }
            index -= 1
        }
        return index == 0 ? name.startIndex : nil
    }

    /// `name: ` or `"name": `
    private func memberName(at start: Int) -> Range<Int>? {
        let begin = opening(at: start).content
        let end = skip(from: begin, atMost: 64) { Self.isWordByte($0) || $0 == UInt8(ascii: "/") }
        let colon = skipClosingQuote(from: end)
        guard end > begin, at(colon, ":"), colon + 1 == bytes.count || bytes[colon + 1] <= 0x20 else { return nil }
        return begin..<end
    }
}
