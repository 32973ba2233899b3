#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How it ends before its time.
struct Misdeeds: Sendable {
    let options: Options

    /// Those that are due now, the worst last.
    func commit(at moment: Moment) {
        if let megabytes = options.megabytes, options.allocateWhen == moment { allocate(megabytes) }
        if let code = options.exitCode, options.exitWhen == moment { exit(code) }
        // A crash after READY has its own moment.
        let crashWhen = options.crashWhen ?? (options.crashAfterReady == nil ? .beforeBind : nil)
        if options.crashSignal != nil, crashWhen == moment { crash() }
    }

    /// Those with a time of their own.
    func schedule() {
        let moments = [options.exitWhen, options.allocateWhen, options.crashWhen].compactMap { $0 }
        for moment in moments {
            guard case .after(let time) = moment else { continue }
            startThread {
                sleep(milliseconds: time)
                commit(at: moment)
            }
        }
    }

    func crash() -> Never {
        let number = options.crashSignal ?? SIGSEGV
        signal(number, SIG_DFL)
        kill(getpid(), number)
        sleepForever()
    }

    private func allocate(_ megabytes: Int) {
        let size = 1 << 20
        for _ in 0..<megabytes {
            guard let memory = malloc(size) else { fail("out of memory", status: 70) }
            // Any value but zero, or the system might not give a page for it.
            memset(memory, 0x5A, size)
        }
    }
}
