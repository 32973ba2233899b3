import Dispatch
import Foundation
import ModelLifecycle
import Synchronization
import SystemPackage

/// Reads what a command writes, as it comes, and keeps the end of it. A process that the command leaves behind may keep
/// the pipe open; nothing waits for it.
final class CommandOutput: Sendable {
    /// What the command writes to.
    let input: FileDescriptor
    private let output: FileDescriptor
    /// Dispatch's objects may be used on any thread; their protocols do not say so.
    private nonisolated(unsafe) let source: any DispatchSourceRead
    private struct Kept {
        var bytes: [UInt8] = []
        /// Whether more came before.
        var isCut = false
    }

    private let tail = Mutex(Kept())

    private static let keptBytes = 16 << 10

    /// - Throws: `Errno` if no pipe can be made.
    init() throws {
        let (output, input) = try Self.pipe()
        self.output = output
        self.input = input
        source = DispatchSource.makeReadSource(fileDescriptor: output.rawValue, queue: .global())
        source.setEventHandler { [weak self] in self?.drain() }
        source.setCancelHandler { try? output.close() }
        source.activate()
    }

    /// Not for the children of others, and never waiting for bytes.
    private static func pipe() throws -> (output: FileDescriptor, input: FileDescriptor) {
        let (output, input) = try FileDescriptor.pipe()
        for end in [output, input] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(output.rawValue, F_SETFL, O_NONBLOCK)
        return (output, input)
    }

    private func drain() {
        tail.withLock { tail in
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            // A command that never stops writing must not hold up the reader.
            for _ in 0..<64 {
                let count = read(output.rawValue, &chunk, chunk.count)
                guard count > 0 else { return }
                tail.bytes.append(contentsOf: chunk.prefix(count))
                guard tail.bytes.count > Self.keptBytes else { continue }
                tail.bytes.removeFirst(tail.bytes.count - Self.keptBytes)
                tail.isCut = true
            }
        }
    }

    /// Once the command has ended.
    /// - Returns: its last line that is not blank, without secrets; nil if it wrote nothing.
    func finish() -> String? {
        drain()
        source.cancel()
        try? input.close()
        let kept = tail.withLock { $0 }
        // The first line is not whole then, and may lack the name of a secret in it.
        let bytes = kept.isCut ? kept.bytes.withoutCutWords : kept.bytes[...]
        let text = Redaction.redact(String(decoding: bytes, as: UTF8.self))
        let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
        return line.map { AnswerWords.bounded($0.trimmingCharacters(in: .whitespaces)) }
    }
}
