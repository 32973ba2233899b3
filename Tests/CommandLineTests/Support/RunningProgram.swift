import Foundation
import JournalRendering
import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A process that a test started, and all that it has written so far.
final class RunningProgram: Sendable {
    let pid: pid_t
    let standardOutput: Collected
    let standardError: Collected
    private let state = Mutex<Spawn.Ending?>(nil)
    private let reaped = DispatchGroup()
    private let ended: AsyncStream<Void>

    var isRunning: Bool { state.withLock { $0 == nil } }

    init(
        _ executable: String, _ arguments: [String], environment: [String: String], directory: URL,
        output: FileHandle? = nil, errors: FileHandle? = nil
    ) throws {
        let pipes = (output: try output.orPipe(), errors: try errors.orPipe())
        defer { for pipe in [pipes.output, pipes.errors] where pipe.read != nil { close(pipe.write) } }
        pid = try Spawn.start(
            [executable] + arguments, environment: environment.map { "\($0.key)=\($0.value)" },
            directory: directory.path, streams: .init(output: pipes.output.write, errors: pipes.errors.write))
        // Read all the time, so that no program waits for somebody to empty its pipe.
        standardOutput = Collected(reading: pipes.output.read)
        standardError = Collected(reading: pipes.errors.read)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        self.ended = ended
        reaped.enter()
        Thread.detachNewThread { [self] in
            // It stays a zombie, and its number its own, until nobody can send it a signal any more.
            var information = siginfo_t()
            while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            state.withLock { $0 = Spawn.reap(pid) }
            continuation.finish()
            reaped.leave()
        }
    }

    /// Sends a signal to this very process, if it has not ended.
    func send(_ signal: Int32) {
        state.withLock { if $0 == nil { _ = kill(pid, signal) } }
    }

    /// Waits for the end, and for the last of the output.
    func finished() async throws -> Finished {
        for await _ in ended {}
        try Task.checkCancellation()
        try await eventually("the end of the output") { standardOutput.isComplete && standardError.isComplete }
        guard let ending = state.withLock({ $0 }) else { throw NeverHappened("\(pid) has not ended") }
        return Finished(status: ending.status, output: standardOutput.text, errors: standardError.text)
    }

    /// Ends what the test left running; it is gone when this returns.
    func stop() {
        send(SIGCONT)
        send(SIGKILL)
        reaped.wait()
    }
}

extension FileHandle? {
    /// Where a program writes to, and where the test reads that, unless it has the file itself.
    fileprivate func orPipe() throws -> (read: FileHandle?, write: Int32) {
        if let self { return (nil, self.fileDescriptor) }
        let pipe = try Spawn.pipe()
        return (FileHandle(fileDescriptor: pipe.read, closeOnDealloc: true), pipe.write)
    }
}

/// What has come out of a pipe, read by a thread of its own until the other end closes.
final class Collected: Sendable {
    private let state: Mutex<(bytes: Data, isComplete: Bool)>

    init(reading handle: FileHandle?) {
        state = Mutex((Data(), handle == nil))
        guard let handle else { return }
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                // FileHandle would wait for a whole buffer. A terminal ends with an error instead of 0.
                let count = read(handle.fileDescriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                state.withLock { $0.bytes += buffer[..<count] }
            }
            state.withLock { $0.isComplete = true }
        }
    }

    var isComplete: Bool { state.withLock(\.isComplete) }
    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var lines: [String] { Finished.lines(text) }
}
