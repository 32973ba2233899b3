import Foundation

/// A path into JSON: names separated by dots, each followed by what it goes through.
///
/// `[]` stands for any element of an array and `[*]` for every element; `{}` stands for any value of an object and `{*}`
/// for every value. "Every" is false for an empty array or object. A name in quotes is taken as it is: `"a.b".state`.
struct AnswerPath: Sendable, Hashable, CustomStringConvertible {
    enum Step: Sendable, Hashable {
        case name(String)
        case elements(every: Bool)
        case values(every: Bool)
    }

    /// From the outside in; never empty.
    let steps: [Step]

    init(name: String) { steps = [.name(name)] }

    /// - Throws: `Malformed` if the text is not a path.
    init(_ text: String) throws(Malformed) {
        var steps: [Step] = []
        var rest = text[...]
        var needsName = true
        while let first = rest.first {
            switch first {
            case "[", "{":
                guard !needsName || steps.isEmpty else { throw Malformed("a name must follow each '.'") }
                steps.append(try Self.collection(&rest))
                needsName = false
            case "." where !needsName:
                rest = rest.dropFirst()
                needsName = true
            default:
                guard needsName else { throw Malformed("'.' must stand between two names") }
                steps.append(.name(try Self.name(&rest)))
                needsName = false
            }
        }
        guard !needsName else {
            throw Malformed(steps.isEmpty ? "it names no part of the answer" : "a name must follow each '.'")
        }
        self.steps = steps
    }

    /// Why a text is not a path, in a few words.
    struct Malformed: Error {
        let words: String
        init(_ words: String) { self.words = words }
    }

    private static func collection(_ rest: inout Substring) throws(Malformed) -> Step {
        let forms: [(String, Step)] = [
            ("[]", .elements(every: false)), ("[*]", .elements(every: true)),
            ("{}", .values(every: false)), ("{*}", .values(every: true)),
        ]
        guard let (form, step) = forms.first(where: { rest.hasPrefix($0.0) }) else {
            throw Malformed("write [] or {} for any element, [*] or {*} for every element")
        }
        rest = rest.dropFirst(form.count)
        return step
    }

    private static func name(_ rest: inout Substring) throws(Malformed) -> String {
        if rest.first == "\"" {
            guard let (name, after) = QuotedText.read(rest) else { throw Malformed("a quote is not closed") }
            rest = after
            return name
        }
        let name = rest.prefix { !".[]{}\"".contains($0) }
        guard !name.isEmpty else { throw Malformed("a name must stand before '\(rest.prefix(1))'") }
        guard isPlain(name) else {
            throw Malformed("'\(name)' is not a name; put it in double quotes if it is")
        }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    /// Whether a name needs no quotes. `!` and `*` may be meant as something else.
    private static func isPlain(_ name: some StringProtocol) -> Bool {
        !name.isEmpty && !name.contains { ".[]{}\"=~|*".contains($0) || $0.isWhitespace } && !name.hasSuffix("!")
    }

    var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .name(let name):
                // Alone, these two would not be names of members.
                let isSubject = steps.count == 1 && AnswerCondition.subjects.contains(name)
                text += (text.isEmpty ? "" : ".")
                text += Self.isPlain(name) && !isSubject ? name : QuotedText.write(name)
            case .elements(let every): text += every ? "[*]" : "[]"
            case .values(let every): text += every ? "{*}" : "{}"
            }
        }
        return text
    }

    // MARK: - Reading

    /// Whether the values that it leads to pass a test, as many of them as it asks for.
    func holds(in json: Any, _ test: (Any) -> Bool) -> Bool { Self.holds(steps[...], in: json, test) }

    private static func holds(_ steps: ArraySlice<Step>, in json: Any, _ test: (Any) -> Bool) -> Bool {
        guard let step = steps.first else { return test(json) }
        let found = inner(step, of: json)
        let isEvery =
            switch step {
            case .name: false
            case .elements(let every), .values(let every): every
            }
        guard isEvery else { return found.contains { holds(steps.dropFirst(), in: $0, test) } }
        return !found.isEmpty && found.allSatisfy { holds(steps.dropFirst(), in: $0, test) }
    }

    /// A value that the path leads to, and the innermost object around it.
    struct Leaf {
        let value: Any
        let holder: [String: Any]?
    }

    /// All that it leads to, in the order of the answer; values of an object in the order of their names.
    func leaves(in json: Any) -> [Leaf] {
        steps.reduce([Leaf(value: json, holder: nil)]) { leaves, step in
            leaves.flatMap { leaf in
                Self.inner(step, of: leaf.value).map {
                    Leaf(value: $0, holder: leaf.value as? [String: Any] ?? leaf.holder)
                }
            }
        }
    }

    private static func inner(_ step: Step, of json: Any) -> [Any] {
        switch step {
        case .name(let name): (json as? [String: Any])?[name].map { [$0] } ?? []
        case .elements: json as? [Any] ?? []
        case .values: (json as? [String: Any])?.sorted { $0.key < $1.key }.map(\.value) ?? []
        }
    }
}

/// Text in double quotes, in which `\"` is a quote and `\\` a backslash.
enum QuotedText {
    /// - Parameter text: begins with the opening quote.
    /// - Returns: what stands in the quotes, and what follows them; nil if there is no closing quote.
    static func read(_ text: Substring) -> (String, rest: Substring)? {
        var content = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            switch character {
            case "\"": return (content, rest)
            case "\\":
                guard let next = rest.popFirst() else { return nil }
                content.append(next)
            default: content.append(character)
            }
        }
        return nil
    }

    static func write(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
