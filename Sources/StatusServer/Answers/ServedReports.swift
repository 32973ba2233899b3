import Dispatch
import JournalReports
import LifecycleJournal
import Synchronization

/// Reads the journal for pages and metrics, on a thread that may wait for a disk. Nothing is read twice while the journal
/// has not changed.
final class ServedReports: Sendable {
    /// There are too many questions at once.
    struct Overloaded: Error {}

    private static let mostWaiting = 64

    private let path: String
    private let version: @Sendable () -> Int
    private let queue = DispatchQueue(label: "journal reports")
    private let waiting = Atomic<Int>(0)
    private let opened = Mutex<Opened?>(nil)
    private let answers = Mutex<[String: Kept]>([:])

    private struct Opened {
        var reader: JournalReader
        var file: FileIdentity?
    }

    private struct Kept {
        var version: Int
        var madeAt: UInt64
        var value: any Sendable
    }

    /// - Parameter version: changes when the journal does.
    init(path: String, version: @escaping @Sendable () -> Int) {
        self.path = path
        self.version = version
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (JournalReader) throws -> Value) async throws -> Value {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            throw Overloaded()
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in continuation.resume(with: Result { try body(reader()) }) }
        }
    }

    /// The same answer until the journal changes, or it is too old for what it says of "now".
    /// - Parameter seconds: how old it may become.
    func kept<Value: Sendable>(
        _ name: String, seconds: UInt64, _ body: @escaping @Sendable (JournalReader) throws -> Value
    ) async throws -> Value {
        let version = version()
        if let value: Value = known(name, version, seconds) { return value }
        return try await read { [self] reader in
            // Others may have asked meanwhile.
            if let value: Value = known(name, version, seconds) { return value }
            let value = try body(reader)
            answers.withLock { answers in
                // Names come from outside too.
                if answers.count >= Self.mostWaiting { answers = [:] }
                answers[name] = Kept(
                    version: version, madeAt: DispatchTime.now().uptimeNanoseconds, value: value)
            }
            return value
        }
    }

    private func known<Value: Sendable>(_ name: String, _ version: Int, _ seconds: UInt64) -> Value? {
        answers.withLock { answers in
            // The time is asked for in here: an answer that was kept meanwhile would be of the future.
            guard let kept = answers[name], kept.version == version,
                DispatchTime.now().uptimeNanoseconds - kept.madeAt < seconds * 1_000_000_000
            else { return nil }
            return kept.value as? Value
        }
    }

    /// Another journal may lie there by now.
    private func reader() throws -> JournalReader {
        try opened.withLock { opened in
            let file = FileIdentity(path)
            if let opened, let file, file == opened.file { return opened.reader }
            let reader = try JournalReader(path: path)
            opened = Opened(reader: reader, file: file)
            return reader
        }
    }
}
