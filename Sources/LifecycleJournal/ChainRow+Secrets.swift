import ModelLifecycle

extension ChainRow {
    /// As it is reported, or written into another journal: without secrets that an older or another program has left in it.
    package mutating func removeSecrets() {
        message = message.map(Redaction.redact)
        version = version.map(Redaction.redact)
        outputTail = outputTail.map(Redaction.redact)
        evidence = evidence.map(EvidenceJSON.withoutSecrets)
        for place in warmups.indices { warmups[place].error = warmups[place].error.map(Redaction.redact) }
    }
}
