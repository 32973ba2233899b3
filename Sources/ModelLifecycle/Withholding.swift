extension Failure {
    /// The same without secrets that the provider knows.
    package func withholding(_ secrets: KnownSecrets) -> Failure {
        guard !secrets.isEmpty else { return self }
        var failure = self
        failure.message = secrets.removed(from: message)
        failure.outputTail = outputTail.map(secrets.removed)
        failure.evidence = evidence?.withholding(secrets)
        return failure
    }
}

extension FailureEvidence {
    /// The same without secrets that the provider knows.
    package func withholding(_ secrets: KnownSecrets) -> FailureEvidence {
        var evidence = self
        evidence.lastProbe = lastProbe.map(secrets.removed)
        evidence.probeTarget = probeTarget.map(secrets.removed)
        evidence.probeLocation = probeLocation.map(secrets.removed)
        evidence.answer = answer.map(secrets.removed)
        if let program = portHolder?.program { evidence.portHolder?.program = secrets.removed(from: program) }
        return evidence
    }
}

extension ProviderEvidence {
    /// The same without secrets that the provider knows.
    package func withholding(_ secrets: KnownSecrets) -> ProviderEvidence {
        ProviderEvidence(outputTail: outputTail.map(secrets.removed), evidence: evidence?.withholding(secrets))
    }
}

extension RunNote {
    /// The same without secrets that the provider knows.
    package func withholding(_ secrets: KnownSecrets) -> RunNote {
        var note = self
        note.message = message.map(secrets.removed)
        note.output = output.map(secrets.removed)
        note.evidence = evidence?.withholding(secrets)
        return note
    }
}

extension LoadContext {
    /// The same, with reports that lose what is known to be secret.
    package func withholding(_ secrets: KnownSecrets) -> LoadContext {
        guard !secrets.isEmpty else { return self }
        return LoadContext(
            runID: runID, correlationID: correlationID, attempt: attempt, reportProgress: reportProgress,
            reportSpawn: reportSpawn, reportFailure: { [reportFailure] in reportFailure($0.withholding(secrets)) },
            reportNote: { [reportNote] in reportNote($0.withholding(secrets)) },
            extendDeadline: extendDeadline)
    }
}
