#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    // For `stdout`, which is a variable to C.
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#endif

/// The C library's buffer in front of stdout.
enum StandardOutput {
    /// Whether something that was written is lost.
    private static var hasFailed: Bool { ferror(stdout) != 0 }

    /// The answer may still be in the buffer, and the disk behind stdout full.
    static func flush() throws {
        // A write that failed earlier has emptied the buffer, and nothing is left that could fail.
        guard fflush(nil) == 0, !hasFailed else {
            endIfReaderHasGone()
            throw CommandFailure(.inputOutput, "stdout cannot be written")
        }
    }

    /// Ends the process where it goes on writing for nobody.
    static func endIfInVain() {
        if hasFailed { endIfReaderHasGone() }
    }

    /// Ends the process as SIGPIPE does, which is ignored where an event loop runs.
    private static func endIfReaderHasGone() {
        var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&output, 1, 0) == 1, output.revents & Int16(POLLERR) != 0 else { return }
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }
}
