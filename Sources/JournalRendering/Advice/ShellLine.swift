import ModelLifecycle

/// A command for a shell, in which variables stand for the secrets that the journal left out.
struct ShellLine: Sendable, Hashable {
    /// A secret that the reader of the command must supply.
    struct LeftOut: Sendable, Hashable {
        /// The variable that stands for it, without the dollar sign.
        var variable: String
        /// What it was left out of, as people name it: `--api-key`, `the header Authorization`.
        var place: String
    }

    private(set) var text = ""
    private(set) var leftOut: [LeftOut] = []

    /// Words that are right for a shell as they are.
    mutating func append(verbatim words: String...) {
        for word in words { text += (text.isEmpty ? "" : " ") + word }
    }

    /// Recorded words, with a variable in place of each secret.
    /// - Parameter role: what the words are, if no option before them says it.
    mutating func append(_ words: [String], role: String? = nil) {
        var flag = role
        for word in words {
            append(verbatim: quoted(word, flag))
            if word.hasPrefix("-") { flag = String(word.prefix { $0 != "=" }) }
        }
    }

    /// An option of `modeljournal run` with its recorded value.
    mutating func append(option name: String, _ value: String?) {
        guard let value else { return append(verbatim: name) }
        append(value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value])
    }

    /// The line in a directory, without changing the directory of the shell.
    func run(in directory: String) -> ShellLine {
        var line = self
        line.text = "(cd \(ShellWords.quoted(directory)) && \(text))"
        return line
    }

    // MARK: -

    private mutating func quoted(_ word: String, _ flag: String?) -> String {
        let parts = word.components(around: Redaction.mark)
        guard parts.count > 1 else { return ShellWords.quoted(word) }
        var pieces: [(text: String, isVariable: Bool)] = []
        for (index, part) in parts.enumerated() {
            pieces.append((part, false))
            if index + 1 < parts.count { pieces.append((variable(after: part, flag), true)) }
        }
        let isSimple = parts.allSatisfy { part in
            !part.contains { "\"$`\\!".contains($0) } && !part.unicodeScalars.contains(where: Escaping.isDangerous)
        }
        guard isSimple else {
            return pieces.map { $0.isVariable ? "\"$\($0.text)\"" : $0.text.isEmpty ? "" : ShellWords.quoted($0.text) }
                .joined()
        }
        var text = "\""
        for (index, piece) in pieces.enumerated() {
            guard piece.isVariable else {
                text += piece.text
                continue
            }
            let next = index + 1 < pieces.count ? pieces[index + 1].text.first : nil
            let isJoined = next.map { $0 == "_" || $0.isLetter || $0.isNumber } ?? false
            text += isJoined ? "${\(piece.text)}" : "$\(piece.text)"
        }
        return text + "\""
    }

    private mutating func variable(after text: String, _ flag: String?) -> String {
        let place = Self.place(after: text, flag)
        let name = Self.variable(of: place.name)
        let taken = leftOut.count { $0.variable == name || $0.variable.hasPrefix(name + "_") }
        let variable = taken == 0 ? name : "\(name)_\(taken + 1)"
        leftOut.append(LeftOut(variable: variable, place: place.words))
        return variable
    }

    /// What the secret is called: by the text right before it, else by the option before it.
    private static func place(after text: String, _ flag: String?) -> (name: String, words: String) {
        if let match = text.firstMatch(of: /:\/\/[^\/@]*$/) {
            return ("PASSWORD", "the address \(text[match.range.lowerBound...].dropFirst(3))…")
        }
        if let match = text.firstMatch(of: /([A-Za-z][A-Za-z0-9_\-.]*)["']?\s*[:=]\s*["']?(?:[A-Za-z]+ )?$/) {
            let name = String(match.1)
            let isHeader = flag == "-H" || flag == "--warmup-header" || flag == "--probe-header"
            // The whole of `--api-key=`, with its dashes.
            let start = text[..<match.1.startIndex].hasSuffix("--") ? "--" : ""
            return (name, (isHeader ? "the header " : start) + name)
        }
        guard let flag, flag.count > 2 else { return ("SECRET", flag.map { "\($0)" } ?? "its command") }
        return (String(flag.drop { $0 == "-" }), flag)
    }

    private static func variable(of name: String) -> String {
        var variable = ""
        for character in name.uppercased() {
            variable.append(character.isASCII && (character.isLetter || character.isNumber) ? character : "_")
        }
        if variable.first?.isNumber ?? true { variable = "SECRET_" + variable }
        // These have a meaning for every program.
        return ["HOME", "LANG", "PATH", "PWD", "SHELL", "TERM", "USER"].contains(variable)
            ? "SECRET_" + variable : variable
    }
}

extension String {
    /// The parts before, between and after the occurrences of `mark`.
    fileprivate func components(around mark: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: mark) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
