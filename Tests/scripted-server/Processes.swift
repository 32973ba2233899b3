#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The processes that it starts: this program again, with one of the first words below.
enum Processes {
    private static let sleeper = "__sleeper"
    private static let daemonMaker = "__daemon-maker"
    private static let background = "__background"

    /// Does the work of such a process, if this is one. Otherwise, what the flags are.
    static func playRole(_ arguments: [String]) -> [String] {
        switch arguments.first {
        case sleeper:
            if arguments.dropFirst().first == "daemon" { setsid() }
            limitLifetime(arguments.last.flatMap { Int($0) } ?? 0)
            sleepForever()
        case daemonMaker:
            // Its end makes an orphan of the daemon, which is what the second fork is for.
            start([sleeper, "daemon", arguments.last ?? "0"])
            exit(0)
        case background:
            setsid()
            return Array(arguments.dropFirst())
        default: return arguments
        }
    }

    static func startChildren(_ options: Options) {
        for _ in 0..<options.grandchildren { start([sleeper, "child", "\(options.lifetime)"]) }
        guard options.doubleForks else { return }
        let maker = start([daemonMaker, "\(options.lifetime)"])
        var status: Int32 = 0
        while waitpid(maker, &status, 0) < 0, errno == EINTR {}
    }

    static func goToBackground(_ arguments: [String]) -> Never {
        start([background] + arguments.filter { $0 != "--fork-and-exit" })
        exit(0)
    }

    /// SIGALRM ends the program, whatever it is doing.
    static func limitLifetime(_ milliseconds: Int) {
        // The threads of Swift's pool block signals, and a program inherits that from whichever starts it.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        signal(SIGALRM, SIG_DFL)
        alarm(UInt32(max(1, (milliseconds + 999) / 1000)))
    }

    @discardableResult
    private static func start(_ arguments: [String]) -> pid_t {
        let program = CommandLine.arguments[0]
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, program, nil, nil, &argv, environ)
        guard code == 0 else { fail("cannot start \(program): \(errorText(code))", status: 71) }
        return child
    }
}
