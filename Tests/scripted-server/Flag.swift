#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One flag: its line in the help, and what it does to the options.
struct Flag: Sendable {
    var name: String
    var argument: String
    var help: String
    /// False if the words do not begin with a value that fits.
    var apply: @Sendable (inout Options, inout ArraySlice<String>) -> Bool

    static func printHelp() -> Never {
        var text = """
            usage: scripted-server [FLAG ...]

            A model server that behaves as its flags say, on 127.0.0.1, to test what supervises one. Flags combine
            freely. Times are milliseconds, or 250ms, 10s, 5m. WHEN is before-bind, after-bind, on-warmup or
            'after MS' (from the start of the program). "Warm-up" is any request for an inference.
            While it runs, GET /__control/crash, /__control/exit, /__control/unhealthy and /__control/healthy do
            those things at once. SIGTERM ends it with exit code 0.


            """
        for flag in all {
            let head = flag.argument.isEmpty ? flag.name : "\(flag.name) \(flag.argument)"
            text += "  " + head + String(repeating: " ", count: max(1, 34 - head.count)) + flag.help + "\n"
        }
        text += "\nDIALECT is one of \(Dialect.all.map(\.name).joined(separator: ", ")).\n"
        write(text, to: STDOUT_FILENO)
        exit(0)
    }

    static let all = placeFlags + readinessFlags + endFlags + processFlags + outputFlags + warmupFlags

    private static let placeFlags = [
        number("--port", "N", "port on 127.0.0.1; 0, the default, chooses one", 0...65_535) { $0.port = UInt16($1) },
        text("--port-file", "PATH", "writes the port to this file, once it is bound") { $0.portFile = $1 },
        time("--lifetime", "ends after this time at the latest (60s)") { $0.lifetime = $1 },
        time("--bind-after", "binds its port only after this time") { $0.bindAfter = $1 },
        bare("--never-bind", "never binds its port") { $0.neverBinds = true },
        bare("--accept-silently", "takes connections and never answers") { $0.acceptsSilently = true },
        Flag(name: "--dialect", argument: "DIALECT", help: "has the paths and quirks of that server") {
            options, words in
            guard let dialect = Dialect.all.first(where: { $0.name == words.first }) else { return false }
            words.removeFirst()
            options.dialect = dialect
            return true
        },
        text("--model", "NAME", "knows this model only; without it, any") { $0.model = $1 },
        text("--health-path", "PATH", "answers health here, instead of the dialect's paths") { $0.healthPath = $1 },
        text("--infer-path", "PATH", "answers inference here, instead of the dialect's") { $0.inferencePath = $1 },
    ]

    private static let readinessFlags = [
        time("--load-for", "takes this time to load, and shows it as its dialect does") { $0.loadFor = $1 },
        time("--unready-for", "health says not ready for this time after binding") { $0.unreadyFor = $1 },
        number("--unready-status", "N", "with this status (503, or the dialect's)", 100...999) {
            $0.unreadyStatus = $1
        },
        text("--unready-body", "TEXT", "and this body") { $0.unreadyBody = $1 },
        text("--unready-header", "FIELD", "and this header field, NAME: VALUE; may be repeated") {
            $0.unreadyFields.append($1)
        },
        number("--ready-after-requests", "N", "health says not ready to the first N requests", 0...1_000_000) {
            $0.readyAfterRequests = $1
        },
        bare("--too-early", "health says ready at once, whatever the rest says") { $0.isReadyTooEarly = true },
        time("--warm-after", "inference answers 503 for this time after binding") { $0.warmAfter = $1 },
        time("--health-takes", "each health answer takes this time") { $0.healthTakes = $1 },
        number("--unhealthy-after-requests", "N", "health answers 500 after N that were good", 0...1_000_000) {
            $0.unhealthyAfterRequests = $1
        },
    ]

    private static let endFlags = [
        number("--exit", "CODE", "exits with this code", 0...255) { $0.exitCode = Int32($1) },
        moment("--exit-when", "when it exits (before-bind)") { $0.exitWhen = $1 },
        Flag(name: "--crash", argument: "segv|abort", help: "is killed by that signal") { options, words in
            guard let signal = ["segv": SIGSEGV, "abort": SIGABRT][words.popFirst() ?? ""] else { return false }
            options.crashSignal = signal
            return true
        },
        moment("--crash-when", "when it crashes (before-bind)") { $0.crashWhen = $1 },
        time("--crash-after-ready", "crashes this time after its first good health answer") { $0.crashAfterReady = $1 },
        number("--allocate", "MB", "takes and touches this much memory, until it has it or is killed", 1...1_000_000) {
            $0.megabytes = $1
        },
        moment("--allocate-when", "when it does (before-bind)") { $0.allocateWhen = $1 },
    ]

    private static let processFlags = [
        bare("--ignore-term", "ignores SIGTERM, and so do its children") { $0.ignoresTerm = true },
        bare("--double-fork", "starts a daemon in a session of its own, which holds the output") {
            $0.doubleForks = true
        },
        bare("--fork-and-exit", "goes to the background: the process that was started exits 0") {
            $0.forksAndExits = true
        },
        number("--grandchildren", "N", "starts N children in its group, which do nothing", 0...1000) {
            $0.grandchildren = $1
        },
    ]

    private static let outputFlags = [
        number("--flood-stderr", "BYTES", "writes that much before it binds, and no other line", 0...1 << 40) {
            $0.floodError = $1
        },
        number("--flood-stdout", "BYTES", "the same on standard output", 0...1 << 40) { $0.floodOut = $1 },
        bare("--binary-output", "writes every byte value to both outputs") { $0.writesBinary = true },
        bare("--escape-output", "writes terminal escapes, bidi controls, NULs and invalid UTF-8 to both") {
            $0.writesEscapes = true
        },
        text("--print", "TEXT", "writes this line to standard output; may be repeated") {
            $0.lines.append(.init(text: $1, descriptor: STDOUT_FILENO))
        },
        text("--print-stderr", "TEXT", "writes this line to standard error; may be repeated") {
            $0.lines.append(.init(text: $1, descriptor: STDERR_FILENO))
        },
        time("--progress-every", "writes a line of progress to standard error that often") { $0.progressEvery = $1 },
        number("--progress-count", "N", "and no more than N", 0...1_000_000) { $0.progressCount = $1 },
    ]

    private static let warmupFlags = [
        bare("--hang-in-warmup", "never answers an inference") { $0.hangsInWarmup = true },
        number("--warmup-status", "N", "answers an inference with this status", 100...999) { $0.warmupStatus = $1 },
        text("--warmup-body", "TEXT", "and with this body") { $0.warmupBody = $1 },
        text("--warmup-header", "FIELD", "and with this header field, NAME: VALUE; may be repeated") {
            $0.warmupFields.append($1)
        },
        bare("--warmup-truncated", "ends the connection before the body has the promised length") {
            $0.isTruncated = true
        },
        bare("--warmup-endless", "sends the body of an inference over and over, without an end") {
            $0.isEndless = true
        },
        bare("--warmup-garbage", "answers an inference with something that is not HTTP") { $0.isGarbage = true },
        time("--slow-drip", "sends the answer to an inference byte by byte, one each MS") { $0.drip = $1 },
        text("--echo-headers", "PATH", "appends each inference request to this file, as a line of JSON") {
            $0.echoPath = $1
        },
        text("--echo-env", "NAME", "and this environment variable of its own; may be repeated") {
            $0.echoedVariables.append($1)
        },
    ]
}

extension Flag {
    private static func bare(_ name: String, _ help: String, set: @escaping @Sendable (inout Options) -> Void) -> Flag {
        Flag(name: name, argument: "", help: help) { options, _ in
            set(&options)
            return true
        }
    }

    private static func text(
        _ name: String, _ argument: String, _ help: String, set: @escaping @Sendable (inout Options, String) -> Void
    ) -> Flag {
        Flag(name: name, argument: argument, help: help) { options, words in
            guard let word = words.popFirst() else { return false }
            set(&options, word)
            return true
        }
    }

    private static func number(
        _ name: String, _ argument: String, _ help: String, _ range: ClosedRange<Int>,
        set: @escaping @Sendable (inout Options, Int) -> Void
    ) -> Flag {
        Flag(name: name, argument: argument, help: help) { options, words in
            guard let value = words.popFirst().flatMap({ Int($0) }), range.contains(value) else { return false }
            set(&options, value)
            return true
        }
    }

    private static func time(
        _ name: String, _ help: String, set: @escaping @Sendable (inout Options, Int) -> Void
    ) -> Flag {
        Flag(name: name, argument: "MS", help: help) { options, words in
            guard let value = words.popFirst().flatMap(parseMilliseconds) else { return false }
            set(&options, value)
            return true
        }
    }

    private static func moment(
        _ name: String, _ help: String, set: @escaping @Sendable (inout Options, Moment) -> Void
    ) -> Flag {
        Flag(name: name, argument: "WHEN", help: help) { options, words in
            guard let value = Moment(&words) else { return false }
            set(&options, value)
            return true
        }
    }
}
