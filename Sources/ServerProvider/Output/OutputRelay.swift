import Dispatch
import Foundation
import ModelLifecycle
import Synchronization

/// Hands on what servers write while they run, line by line, to a reader that may be slow or stand still. It waits for the
/// reader on a thread of its own: neither a server nor the engine ever does. What the reader does not take in time is
/// dropped, and counted in a line of its own.
package final class OutputRelay: Sendable {
    /// What a reader gets: whole lines of one server, without their ends and without secrets.
    package struct Lines: Sendable, Hashable {
        /// The server's model.
        package var model: String
        /// In the order in which they were written; never empty.
        package var lines: [String]
    }

    private struct Part {
        var model: String
        var bytes: [UInt8]
        /// What the server was given as secrets.
        var secrets: KnownSecrets
        /// How many bytes before this part were dropped.
        var dropped: Int
    }

    private struct State {
        var parts: [Part] = []
        var size = 0
        var dropped = 0
        var isFinished = false
    }

    /// How much waits for the reader at most, in bytes.
    private let limit: Int
    private let state = Mutex(State())
    private let hasWork = DispatchSemaphore(value: 0)
    private let isDone = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - limit: how much waits for the reader at most, in bytes.
    ///   - write: takes lines, as long as that needs; called on one thread.
    package init(limit: Int = 1 << 20, write: @escaping @Sendable (Lines) -> Void) {
        self.limit = limit
        // The state outlives the reader, and the reader this object only if it stands still.
        let thread = Thread { [self] in
            var redacted: [String: RedactedParts] = [:]
            while let parts = next() {
                for part in parts { Self.hand(part, &redacted[part.model, default: RedactedParts()], to: write) }
            }
            isDone.signal()
        }
        thread.name = "server output"
        thread.start()
    }

    /// Waits until the reader has what there is.
    /// - Returns: false if it did not take it within that time.
    @discardableResult
    package func finish(within seconds: Double) -> Bool {
        state.withLock { $0.isFinished = true }
        hasWork.signal()
        return isDone.wait(timeout: .now() + seconds) == .success
    }

    /// A place for the output of one server's process.
    package func stream(of model: String) -> RelayedOutput { RelayedOutput(model: model, relay: self) }

    // MARK: - The queue

    fileprivate func add(_ bytes: UnsafeRawBufferPointer, of model: String, withholding secrets: KnownSecrets) {
        guard !bytes.isEmpty else { return }
        let wasEmpty = state.withLock { state in
            guard state.size + bytes.count <= limit else {
                state.dropped += bytes.count
                return false
            }
            let wasEmpty = state.parts.isEmpty
            state.parts.append(Part(model: model, bytes: Array(bytes), secrets: secrets, dropped: state.dropped))
            state.size += bytes.count
            state.dropped = 0
            return wasEmpty
        }
        if wasEmpty { hasWork.signal() }
    }

    /// - Returns: nil once there is nothing more and nothing will come.
    private func next() -> [Part]? {
        while true {
            let (parts, isFinished) = state.withLock { state in
                defer { (state.parts, state.size) = ([], 0) }
                // The last words of all may be about what was dropped.
                if state.parts.isEmpty, state.isFinished, state.dropped > 0 {
                    defer { state.dropped = 0 }
                    return ([Part(model: "", bytes: [], secrets: KnownSecrets([]), dropped: state.dropped)], true)
                }
                return (state.parts, state.isFinished)
            }
            if !parts.isEmpty { return parts }
            if isFinished { return nil }
            hasWork.wait()
        }
    }

    /// - Parameter redacted: what came before of the same server.
    private static func hand(_ part: Part, _ redacted: inout RedactedParts, to write: (Lines) -> Void) {
        var lines: [String] = []
        if part.dropped > 0 { lines.append("[… \(part.dropped) bytes dropped …]") }
        if !part.bytes.isEmpty {
            let raw = String(decoding: part.bytes.withoutReturns, as: UTF8.self)
            var text = redacted.next(raw, knowing: part.secrets)[...]
            if !text.isEmpty {
                if text.utf8.last == UInt8(ascii: "\n") { text.removeLast() }
                lines += text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            }
        }
        if !lines.isEmpty { write(Lines(model: part.model, lines: lines)) }
    }
}

/// The output of one process on its way to the relay. A line that is drawn again and again counts once, as it was last.
package final class RelayedOutput: Sendable {
    private struct State {
        var lines = RedrawnLines()
        /// The beginning of a line whose end is still to come.
        var beginning: [UInt8] = []
    }

    private let secrets = Mutex(KnownSecrets([]))

    /// A longer line is broken.
    private static let longestLine = 64 << 10

    private let model: String
    private let relay: OutputRelay
    private let state = Mutex(State())

    fileprivate init(model: String, relay: OutputRelay) {
        self.model = model
        self.relay = relay
    }

    /// What the server was given as secrets is in none of the lines that follow.
    func withhold(_ secrets: KnownSecrets) { self.secrets.withLock { $0 = secrets } }

    func append(_ bytes: UnsafeRawBufferPointer) {
        let secrets = secrets.withLock { $0 }
        state.withLock { state in
            var beginning = state.beginning
            _ = state.lines.append(bytes) { part in
                let isWhole = part.last == UInt8(ascii: "\n")
                if beginning.isEmpty, isWhole { return relay.add(part, of: model, withholding: secrets) }
                beginning += part
                guard isWhole || beginning.count > Self.longestLine else { return }
                beginning.withUnsafeBytes { relay.add($0, of: model, withholding: secrets) }
                beginning.removeAll()
            }
            state.beginning = beginning
        }
    }

    /// The process writes nothing more.
    func finish() {
        let secrets = secrets.withLock { $0 }
        state.withLock { state in
            (state.beginning + state.lines.unfinished).withUnsafeBytes {
                relay.add($0, of: model, withholding: secrets)
            }
            state = State()
        }
    }
}
