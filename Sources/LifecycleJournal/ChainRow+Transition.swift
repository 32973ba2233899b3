package import ModelLifecycle

extension ChainRow {
    /// A transition as it is stored: without secrets, and bounded. What it names is filled in where it is appended.
    package init(_ transition: Transition) throws {
        self.init(
            ordinal: Int64(transition.ordinal), at: transition.at.microseconds, from: transition.from.rawValue,
            to: transition.to.rawValue, trigger: transition.trigger.rawValue)
        if let failure = transition.failure {
            reason = failure.reason.rawValue
            message = StorableText.message(failure.message)
            exitCode = failure.exitCode.map(Int64.init)
            signal = failure.signal.map(Int64.init)
            outputTail = failure.outputTail.map(StorableText.output)
            evidence = try failure.evidence.map { try EvidenceJSON($0).text() }
        }
        elapsed = transition.elapsed?.wholeMicroseconds
        version = transition.version.map(StorableText.message)
        let load = transition.load
        queue = load.queue?.wholeMicroseconds
        digest = load.digest?.wholeMicroseconds
        spawn = load.spawn?.wholeMicroseconds
        serverPID = load.processID.map(Int64.init)
        modelBytes = load.identity?.bytes
        modelModified = load.identity?.modifiedAt.microseconds
        modelDigest = load.identity?.digest
        retryAt = transition.retryAt?.microseconds
        warmups = transition.warmups.map {
            Warmup(elapsed: $0.elapsed.wholeMicroseconds, error: $0.error.map(StorableText.message))
        }
    }
}
