/// The forms in which the servers of the field say why they end. `FormExample.table` shows each.
enum Form: String, Sendable, CaseIterable {
    case pythonTraceback, stackTrace, rustPanic, goPanic, terminate, causedBy, validation, usage
    case json, fields, levelled, bareException, words, ordinary

    static func of(_ line: OutputLine, rank: Rank) -> Form {
        if rank < .hint { return .ordinary }
        if line.isUnwrapped { return .json }
        if Judgement.isBareException(line.bytes) { return .bareException }
        if line.level != nil { return .levelled }
        return .words
    }
}
