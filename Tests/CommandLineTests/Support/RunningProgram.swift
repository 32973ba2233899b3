import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A process that a test started, and all that it has written so far.
final class RunningProgram: Sendable {
    let standardOutput: Collected
    let standardError: Collected
    private let process: Process
    private let ended: AsyncStream<Void>

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    init(
        _ executable: String, _ arguments: [String], environment: [String: String], directory: URL,
        output: FileHandle? = nil, errors: FileHandle? = nil
    ) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        process.standardOutput = output.map { $0 as Any } ?? outputPipe
        process.standardError = errors.map { $0 as Any } ?? errorPipe
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        self.process = process
        self.ended = ended
        // Read all the time, so that no program waits for somebody to empty its pipe.
        standardOutput = Collected(reading: output == nil ? outputPipe.fileHandleForReading : nil)
        standardError = Collected(reading: errors == nil ? errorPipe.fileHandleForReading : nil)
    }

    /// Sends a signal to this very process, if it has not ended.
    func send(_ signal: Int32) {
        if process.isRunning { kill(pid, signal) }
    }

    /// Waits for the end, and for the last of the output.
    func finished() async throws -> Finished {
        for await _ in ended {}
        try Task.checkCancellation()
        try await eventually("the end of the output") { standardOutput.isComplete && standardError.isComplete }
        let bySignal = process.terminationReason == .uncaughtSignal
        return Finished(
            status: bySignal ? 128 + process.terminationStatus : process.terminationStatus,
            output: standardOutput.text, errors: standardError.text)
    }

    /// Ends what the test left running; it is gone when this returns.
    func stop() {
        guard process.isRunning else { return }
        kill(pid, SIGCONT)
        kill(pid, SIGKILL)
        process.waitUntilExit()
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

/// Nothing that a test waits for has happened.
struct NeverHappened: Error, CustomStringConvertible {
    var description: String
}

/// Asks again and again until the condition holds.
/// - Throws: `NeverHappened` after two minutes, which no healthy machine needs.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    let patience = ContinuousClock.now + .seconds(120)
    while try !condition() {
        guard ContinuousClock.now < patience else { throw NeverHappened(description: "never happened: \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
