import ModelLifecycle
import Synchronization

/// What a server answered last: to probes, and to a warm-up request that failed.
final class ProbeLog: Sendable {
    private struct Contents {
        var target: String?
        var last: ProbeAnswer?
        /// How many times in a row a probe got it; nil for the answer to a warm-up request.
        var repeats: Int?
        /// A probe that has no answer yet, and since when.
        var pending: (question: String, since: ContinuousClock.Instant)?
        var warmupAnswer: String?
    }

    private let contents: Mutex<Contents>
    private let address: ProbeAddress

    /// - Parameter address: where the server is asked whether it is ready.
    init(_ address: ProbeAddress) {
        self.address = address
        contents = Mutex(Contents())
    }

    /// Asks, and knows meanwhile that an answer is missing. The answer is not noted.
    func ask(_ prober: any Prober) async -> ProbeAnswer {
        contents.withLock { $0.pending = (prober.question, .now) }
        let answer = await prober.ask()
        contents.withLock { $0.pending = nil }
        return answer
    }

    func note(_ answer: ProbeAnswer) {
        contents.withLock { contents in
            let isSame =
                contents.repeats != nil && contents.last?.summary == answer.summary
                && contents.last?.status == answer.status
            contents.repeats = isSame ? (contents.repeats ?? 0) + 1 : 1
            contents.last = answer
            contents.target = address.target?.shown
        }
    }

    /// How far a warm-up request got.
    func noteWarmup(_ answer: ProbeAnswer, at target: String) {
        contents.withLock { contents in
            contents.last = answer
            contents.repeats = nil
            contents.target = target
        }
    }

    /// - Parameter answer: the body of the answer to a warm-up request that failed; nil if it succeeded.
    func keep(warmupAnswer answer: String?) { contents.withLock { $0.warmupAnswer = answer.map(Self.storable) } }

    func add(to evidence: inout FailureEvidence) {
        let contents = contents.withLock { $0 }
        evidence.lastProbe = contents.last?.line
        evidence.probeTarget = contents.target
        evidence.probeStatus = contents.last?.status
        evidence.probeRepeats = contents.repeats
        evidence.probeLocation = contents.last?.location
        evidence.answer = contents.warmupAnswer
        // The answer before may be another server state's: a connection refused, where one is accepted now.
        guard let pending = contents.pending else { return }
        // One that was not answered in time either says more than that this one is not answered yet.
        if contents.last?.isLate ?? false { return }
        let wait = contents.last.map { $0.status == nil ? Self.patience : Self.patienceWithHTTP } ?? .zero
        guard pending.since.duration(to: .now) >= wait else { return }
        evidence.lastProbe = "\(pending.question) had not been answered"
        evidence.probeTarget = address.target?.shown
        (evidence.probeStatus, evidence.probeRepeats, evidence.probeLocation) = (nil, nil, nil)
    }

    /// Most answers of a server on the same machine take less.
    private static let patience = Duration.milliseconds(500)
    /// Some servers work for each answer to a probe.
    private static let patienceWithHTTP = Duration.seconds(3)

    /// At most 16 KiB. An error may stand at the beginning (JSON) or at the end (a traceback), so the middle goes.
    private static func storable(_ answer: String) -> String {
        // A cut might take away the key that gives a secret away.
        let bytes = Array(Redaction.redact(answer).utf8)
        let limit = 16 << 10
        guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
        func continuesCharacter(_ index: Int) -> Bool { index < bytes.count && bytes[index] & 0xC0 == 0x80 }
        var head = limit / 2 - 32
        var tail = bytes.count - head
        while continuesCharacter(head) { head -= 1 }
        while continuesCharacter(tail) { tail += 1 }
        return String(decoding: bytes[..<head], as: UTF8.self) + "\n[\(tail - head) bytes dropped]\n"
            + String(decoding: bytes[tail...], as: UTF8.self)
    }
}
