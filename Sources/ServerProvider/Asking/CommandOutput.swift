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
    private let tail = Mutex<[UInt8]>([])

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
                tail.append(contentsOf: chunk.prefix(count))
                tail.removeFirst(max(0, tail.count - Self.keptBytes))
            }
        }
    }

    /// Once the command has ended.
    /// - Returns: its last line that is not blank, without secrets; nil if it wrote nothing.
    func finish() -> String? {
        drain()
        source.cancel()
        try? input.close()
        let text = Redaction.redact(String(decoding: tail.withLock { $0 }, as: UTF8.self))
        let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
        return line.map { AnswerWords.bounded($0.trimmingCharacters(in: .whitespaces)) }
    }
}
