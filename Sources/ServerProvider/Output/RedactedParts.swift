import ModelLifecycle

/// Takes secrets out of a text that comes in parts: a private key, or a list of keys, may begin in one part and end in
/// another.
struct RedactedParts: Sendable {
    /// How much of the parts before is looked at again, in bytes. A private key takes less.
    private static let reach = 6 << 10

    /// The end of what came before, as it was written.
    private var context = ""

    /// - Returns: the part without its secrets; empty if it is the middle of one.
    mutating func next(_ part: String, knowing secrets: KnownSecrets = .none) -> String {
        let before = Redaction.redact(context, knowing: secrets)
        let whole = context + part
        let all = Redaction.redact(whole, knowing: secrets)
        context = Self.end(of: whole)
        // What the context alone reads as has been handed out already.
        let said = zip(before.utf8, all.utf8).prefix { $0 == $1 }.count
        return String(decoding: all.utf8.dropFirst(said), as: UTF8.self)
    }

    /// Whole lines, unless the last one alone is longer.
    private static func end(of text: String) -> String {
        let bytes = text.utf8
        guard bytes.count > reach else { return text }
        let kept = bytes.suffix(reach)
        let lines = kept.firstIndex(of: UInt8(ascii: "\n")).map { kept[kept.index(after: $0)...] }
        return String(decoding: lines ?? kept, as: UTF8.self)
    }
}
