import JournalRendering
import LifecycleJournal

/// What `verify` has found, for people.
struct VerificationText {
    let screen: Screen

    func text(_ verification: Verification, _ path: String) -> String {
        let name = Escaping.visible(path)
        let content = verification.extent
        guard !verification.isWhole else {
            return
                ([screen.styled("\(name) is whole: ", .green) + content]
                + (verification.head.map { [screen.styled("  its chain ends with \($0)", .faint)] } ?? []))
                .joined(separator: "\n")
        }
        var lines = Display.wrapped("\(name) is damaged: \(summary(verification))", width: screen.width)
            .map { screen.styled($0, .red) }
        for finding in verification.findings {
            let place = finding.seq.map { "transition \($0): " } ?? ""
            lines += Display.wrapped(Escaping.visible("\(place)\(finding.detail)"), width: screen.width - 4)
                .enumerated().map { ($0 == 0 ? "  - " : "    ") + $1 }
        }
        if verification.count > verification.findings.count {
            lines.append("  and \(verification.count - verification.findings.count) more")
        }
        return lines.joined(separator: "\n")
    }

    private func summary(_ verification: Verification) -> String {
        let count = "\(verification.count) finding\(verification.count == 1 ? "" : "s")"
        guard let first = verification.firstBadSeq else { return "\(count); every transition is what was written" }
        let good = verification.lastGoodSeq.map { "the last good one before it is \($0)" } ?? "none before it is good"
        return "\(count); the first bad transition is \(first), \(good)"
    }
}

extension Verification {
    /// How much was read: `7 transitions of 2 runs`.
    var extent: String {
        "\(transitions) transition\(transitions == 1 ? "" : "s") of \(runs) run\(runs == 1 ? "" : "s")"
    }

    var value: OutputValue {
        .object([
            ("whole", .bool(isWhole)), ("transitions", .integer(transitions)), ("runs", .integer(runs)),
            ("first_bad_seq", firstBadSeq.map(OutputValue.integer) ?? .null),
            ("last_good_seq", lastGoodSeq.map(OutputValue.integer) ?? .null), ("chain_head", .optional(head)),
            ("findings_count", .integer(count)),
            (
                "findings",
                .array(
                    findings.map { finding in
                        .object([
                            ("kind", .string(finding.kind.rawValue)),
                            ("seq", finding.seq.map(OutputValue.integer) ?? .null), ("detail", .string(finding.detail)),
                        ])
                    })
            ),
        ])
    }
}
