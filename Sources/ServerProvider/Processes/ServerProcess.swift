import Foundation
import ModelLifecycle
import Subprocess
import Synchronization
import SystemPackage

/// A running model server: in a process group of its own, its output drained from the first byte, tied
/// to this process by a lifeline so that it cannot outlive the engine.
final class ServerProcess: Sendable {
    enum End: Sendable, Hashable {
        case exited(Int32)
        case signaled(Int32)
    }

    /// What the lifeline does at a byte on its standard input.
    private enum Command: UInt8 {
        case terminate = 0x54  // T
        case kill = 0x4B  // K
    }

    /// The process that stands between this one and the server.
    let lifelinePID: Int32
    private let output = Mutex(OutputRings())
    private let commands: AsyncStream<UInt8>.Continuation
    private let ending: Outcome<End>
    /// The server's own process, once it is known.
    private let serverPID = Mutex<Int32?>(nil)
    /// It was asked to end: how it ends then is no failure.
    private let isStopping = Mutex(false)

    private init(lifelinePID: Int32, commands: AsyncStream<UInt8>.Continuation, ending: Outcome<End>) {
        self.lifelinePID = lifelinePID
        self.commands = commands
        self.ending = ending
    }

    /// - Parameters:
    ///   - relay: gets the output too, as it comes.
    ///   - onOutput: called whenever the server has written something.
    /// - Throws: what starting the lifeline throws; the server's own failure to start is an end of it.
    static func start(
        _ configuration: ServerConfiguration, lifeline: [String], environment: [String: String?],
        relay: RelayedOutput? = nil, onOutput: @escaping @Sendable () -> Void
    ) async throws -> ServerProcess {
        let (commandStream, commands) = AsyncStream.makeStream(of: UInt8.self)
        let started = Outcome<Result<ServerProcess, any Error>>()
        let ending = Outcome<End>()
        var added: [Environment.Key: String?] = [:]
        let given = configuration.environment.mapValues(Optional.some)
        for (name, value) in environment.merging(given, uniquingKeysWith: { $0 ?? $1 }) {
            added[Environment.Key(stringLiteral: name)] = value
        }
        let variables = Environment.inherit.updating(added)
        let arguments = Array(lifeline.dropFirst()) + configuration.command
        // Not a child task: the server lives on after the load.
        Task.detached {
            do {
                let result = try await run(
                    .path(FilePath(lifeline[0])),
                    arguments: Arguments(executablePathOverride: "modeljournal-lifeline", remainingValues: arguments),
                    environment: variables,
                    workingDirectory: configuration.workingDirectory.map { FilePath($0) }, input: .inputWriter,
                    output: .sequence, error: .combinedWithOutput
                ) { execution in
                    let process = ServerProcess(
                        lifelinePID: execution.processIdentifier.value, commands: commands, ending: ending)
                    started.set(.success(process))
                    let writer = execution.standardInputWriter
                    let obeying = Task {
                        // The lifeline may have ended already; its end is told by its status.
                        for await command in commandStream { _ = try? await writer.write([command]) }
                    }
                    // The lifeline keeps the pipe open: its end is the end of the server and of all that it left.
                    for try await part in execution.standardOutput {
                        part.withUnsafeBytes { bytes in
                            process.output.withLock { $0.append(bytes) }
                            relay?.append(bytes)
                        }
                        onOutput()
                    }
                    relay?.finish()
                    commands.finish()
                    await obeying.value
                }
                switch result.terminationStatus {
                case .exited(let code): ending.set(.exited(code))
                case .signaled(let signal): ending.set(.signaled(signal))
                }
            } catch {
                started.set(.failure(error))
                ending.set(.exited(Self.notExecuted))
            }
        }
        // Whoever asks may be cancelled meanwhile, but what is being started has to be known, to be stopped.
        return try await Task { try await started.value() }.value.get()
    }

    /// How the lifeline ends where it cannot execute the server; a server may end like that as well.
    static let notExecuted: Int32 = 125

    /// What is kept of its output so far.
    var outputText: String { output.withLock { $0.text } }
    /// How many bytes of it were not kept.
    var droppedOutput: Int { output.withLock { $0.dropped } }
    /// How many lines at the end of the output were written since it was READY; nil if it never was.
    var outputLinesSinceReady: Int? { output.withLock { $0.linesSinceReady } }

    func note(serverPID pid: Int32?) { serverPID.withLock { $0 = pid } }

    /// Whether the server's own process is gone, while others that it has started may still be there.
    var isWithoutServer: Bool { serverPID.withLock { $0 }.map(isGone) ?? false }

    /// What it writes from now on, it writes while it is READY.
    func markReady() { output.withLock { $0.markReady() } }

    /// What it has written since a position, in whole lines; see `OutputRings`.
    func output(since position: Int, maximumBytes: Int, isFinal: Bool) -> (text: String, position: Int)? {
        output.withLock { $0.output(since: position, maximumBytes: maximumBytes, isFinal: isFinal) }
    }

    var wasAskedToStop: Bool { isStopping.withLock { $0 } }
    /// How it ended, if it has.
    var end: End? { ending.current }
    var hasEnded: Bool { end != nil }

    /// TERM to the server's process group.
    func terminate() {
        isStopping.withLock { $0 = true }
        commands.yield(Command.terminate.rawValue)
    }

    /// KILL to everything that the server has started, wherever it has gone.
    func kill() {
        isStopping.withLock { $0 = true }
        commands.yield(Command.kill.rawValue)
    }

    /// - Throws: `CancellationError` where the waiting task is cancelled before.
    func waitForEnd() async throws -> End { try await ending.value() }
}

private func isGone(_ pid: Int32) -> Bool { kill(pid, 0) != 0 && errno == ESRCH }
