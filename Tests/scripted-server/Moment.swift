/// When something goes wrong.
enum Moment: Sendable, Equatable {
    case beforeBind, afterBind, onWarmup
    /// Counted from the start of the program.
    case after(milliseconds: Int)

    /// `after` takes its time from the next word, or from behind a `=`.
    init?(_ words: inout ArraySlice<String>) {
        guard let word = words.popFirst() else { return nil }
        let parts = word.split(maxSplits: 1, whereSeparator: { "=: ".contains($0) }).map(String.init)
        switch (parts.first, parts.count) {
        case ("before-bind", 1): self = .beforeBind
        case ("after-bind", 1): self = .afterBind
        case ("on-warmup", 1): self = .onWarmup
        case ("after", _):
            guard let text = parts.count == 2 ? parts[1] : words.popFirst(), let time = parseMilliseconds(text) else {
                return nil
            }
            self = .after(milliseconds: time)
        default: return nil
        }
    }
}

/// `250`, `250ms`, `10s`, `5m`.
func parseMilliseconds(_ text: String) -> Int? {
    for (unit, factor) in [("ms", 1), ("s", 1000), ("m", 60_000)] where text.hasSuffix(unit) {
        return number(text.dropLast(unit.count)).map { $0 * factor }
    }
    return number(text[...])
}

private func number(_ text: Substring) -> Int? {
    // A day is more than any of these servers lives.
    Int(text).flatMap { (0...86_400_000).contains($0) ? $0 : nil }
}
