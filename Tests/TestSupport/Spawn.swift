package import Foundation
import Synchronization

/// Starts programs by `posix_spawn`.
///
/// Foundation's `Process` looks for open files by copying whole directory entries, of which the last may
/// end before an unmapped page: it once took a whole test run down.
package enum Spawn {
    package struct Pipe: Sendable {
        package let read: Int32
        package let write: Int32
    }

    package struct Failure: Error {
        package var message: String

        package init(message: String) { self.message = message }
    }

    /// Where a child reads and writes; nothing stands for `/dev/null`.
    package struct Streams: Sendable {
        package var input: Int32?
        package var output: Int32?
        package var errors: Int32?

        package init(input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil) {
            (self.input, self.output, self.errors) = (input, output, errors)
        }
    }

    /// A pipe that no child has but by `Streams`.
    package static func pipe() throws -> Pipe {
        var ends: [Int32] = [0, 0]
        try inherited.withLock { _ in
            guard Foundation.pipe(&ends) == 0 else { throw Failure(message: "no pipe: \(text(errno))") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        return Pipe(read: ends[0], write: ends[1])
    }

    /// Held while there is a pipe that a child would inherit: a test that reads it would never see its end.
    private static let inherited = Mutex(())

    /// Starts a program that has these streams open and no other file, as one that is being written by another test
    /// could not be executed; and whose signals do what they do by default, which the threads of the tests block.
    ///
    /// - Parameters:
    ///   - arguments: the program, which is looked for in the PATH, and its arguments.
    ///   - environment: `NAME=value`; this process's own where there is none.
    ///   - directory: where it starts; here where there is none.
    package static func start(
        _ arguments: [String], environment: [String]? = nil, directory: String? = nil, streams: Streams
    ) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
        #else
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        #if canImport(Darwin)
            flags |= Int16(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        posix_spawnattr_setflags(&attributes, flags)
        for (number, stream) in [(0, streams.input), (1, streams.output), (2, streams.errors)] {
            if let stream {
                posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", O_RDWR, 0)
            }
        }
        #if !canImport(Darwin)
            // A header shows it only to C programs that ask for GNU's functions.
            typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
            guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
                throw Failure(message: "the C library cannot close a child's files; it has to be glibc 2.34 or newer")
            }
            _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, 3)
        #endif
        let variables = environment ?? ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        // The C library has no portable way to start a program elsewhere.
        let command = directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0] + arguments } ?? arguments
        var argv = command.map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let code = inherited.withLock { _ in
            posix_spawnp(&child, command[0], &actions, &attributes, &argv, &envp)
        }
        guard code == 0 else { throw Failure(message: "cannot start \(arguments[0]): \(text(code))") }
        return child
    }

    /// Waits for a child's end.
    package static func reap(_ child: pid_t) -> Ending {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7f
        return number == 0 ? .exited((status >> 8) & 0xff) : .killed(by: number)
    }

    /// How a child ended.
    package enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(by: Int32)

        /// As a shell tells it.
        package var status: Int32 {
            switch self {
            case .exited(let status): status
            case .killed(let signal): 128 + signal
            }
        }
    }

    /// A program of this package: it is built beside the tests.
    package static func product(_ name: String) -> String {
        let arguments = CommandLine.arguments
        let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
        var directory = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        // On macOS the tests are a bundle: …/x.xctest/Contents/MacOS/x
        while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
        return directory.appendingPathComponent(name).path
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
