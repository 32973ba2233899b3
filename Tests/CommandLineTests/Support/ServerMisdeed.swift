/// A way in which a model server fails, and what is to be read about it afterwards.
struct ServerMisdeed: Sendable {
    /// What the test does while the program runs.
    enum Provocation: Sendable {
        case none
        /// KILL to the server while it loads.
        case kill
        /// A request for this path once the server is READY.
        case request(String)

        var isAtStart: Bool { if case .request = self { false } else { true } }
    }

    let name: String
    /// For `scripted-server`.
    var flags: [String] = []
    /// For `modeljournal run`.
    var options: [String] = []
    var isWarmed = false
    var provocation = Provocation.none
    let reason: String
    var phase = "LOADING"
    /// Parts of the cause.
    let cause: [String]

    static let all = ends + silences + warmups + afterReady

    private static let ends = [
        ServerMisdeed(
            name: "exits 3 before it binds its port",
            flags: ["--exit", "3", "--print-stderr", "error: no such file: base.bin"], reason: "ProcessExited",
            cause: ["exited with status 3 before it was ready", "base.bin"]),
        ServerMisdeed(
            name: "exits 4 after it has bound its port", flags: ["--exit", "4", "--exit-when", "after-bind"],
            reason: "ProcessExited", cause: ["exited with status 4 before it was ready", "listening on"]),
        ServerMisdeed(
            name: "exits 0 at once", flags: ["--exit", "0"], reason: "ProcessExited",
            cause: ["exited with status 0 before it was ready", "but it was never ready"]),
        ServerMisdeed(
            name: "goes to the background", flags: ["--fork-and-exit", "--unready-for", "60s"],
            reason: "ProcessExited", cause: ["exited with status 0", "but it was never ready"]),
        ServerMisdeed(
            name: "segmentation fault", flags: ["--crash", "segv"], reason: "ProcessExited",
            cause: ["was ended by SIGSEGV before it was ready", "access to memory"]),
        ServerMisdeed(
            name: "aborts", flags: ["--crash", "abort", "--print-stderr", "terminate called: std::bad_alloc"],
            reason: "ProcessExited", cause: ["was ended by SIGABRT before it was ready", "std::bad_alloc"]),
        ServerMisdeed(
            name: "is killed by somebody", flags: ["--unready-for", "60s"], provocation: .kill,
            reason: "ProcessExited", cause: ["was ended by SIGKILL before it was ready", "this engine"]),
        ServerMisdeed(
            name: "floods standard error, then exits 7", flags: ["--flood-stderr", "5000000", "--exit", "7"],
            reason: "ProcessExited", cause: ["exited with status 7 before it was ready", "its last words: “flood xxx"]),
    ]

    private static let silences = [
        ServerMisdeed(
            name: "never binds its port", flags: ["--never-bind"], options: ["--startup-timeout", "2s"],
            reason: "StartupTimeout", cause: ["not READY within 2", "/health: Connection refused"]),
        ServerMisdeed(
            name: "binds its port and never answers", flags: ["--accept-silently"],
            options: ["--startup-timeout", "2s", "--probe-timeout", "200ms"], reason: "StartupTimeout",
            cause: ["not READY within 2", "/health: no answer within 200 ms", "accepted the connection"]),
        ServerMisdeed(
            name: "answers 503 for ever", flags: ["--unready-for", "60s"], options: ["--startup-timeout", "2s"],
            reason: "StartupTimeout", cause: ["not READY within 2", "/health answered 503"]),
        ServerMisdeed(
            name: "stalls: no output, the same answer", flags: ["--unready-for", "60s"],
            options: ["--load-stall-timeout", "3s"], reason: "Stalled",
            cause: ["no progress for 3", "/health answered 503"]),
    ]

    private static let warmups = [
        ServerMisdeed(
            name: "dies in warm-up", flags: ["--exit", "5", "--exit-when", "on-warmup"], isWarmed: true,
            reason: "ProcessExited", phase: "WARMING_UP", cause: ["exited with status 5 during warm-up"]),
        ServerMisdeed(
            name: "hangs in warm-up", flags: ["--hang-in-warmup"], options: ["--warmup-timeout", "1s"], isWarmed: true,
            reason: "WarmupFailed", phase: "WARMING_UP",
            cause: ["warm-up did not end within 1", "POST /infer had not been answered"]),
        ServerMisdeed(
            name: "answers the warm-up with 500", flags: ["--warmup-status", "500", "--warmup-body", "CUDA error"],
            isWarmed: true, reason: "WarmupFailed", phase: "WARMING_UP",
            cause: ["the warm-up failed: POST /infer answered 500: CUDA error"]),
        ServerMisdeed(
            name: "answers the warm-up with 200 and an error",
            flags: ["--warmup-body", #"{"error":"failed to process audio"}"#], isWarmed: true,
            reason: "WarmupFailed", phase: "WARMING_UP",
            cause: ["POST /infer answered 200 with an error: failed to process audio"]),
        ServerMisdeed(
            name: "cuts the warm-up answer short", flags: ["--warmup-truncated"], isWarmed: true,
            reason: "WarmupFailed", phase: "WARMING_UP",
            cause: ["POST /infer: the connection was closed before the answer was complete"]),
        ServerMisdeed(
            name: "answers the warm-up with no HTTP", flags: ["--warmup-garbage"], isWarmed: true,
            reason: "WarmupFailed", phase: "WARMING_UP", cause: ["POST /infer: the answer is not HTTP"]),
        ServerMisdeed(
            name: "drips the warm-up answer",
            flags: ["--slow-drip", "1", "--warmup-body", String(repeating: "x", count: 60_000)],
            options: ["--warmup-timeout", "2s"], isWarmed: true, reason: "WarmupFailed", phase: "WARMING_UP",
            cause: ["warm-up did not end within 2", "had answered 200, and not yet with all of its body"]),
    ]

    private static let afterReady = [
        ServerMisdeed(
            name: "crashes while READY", provocation: .request("/__control/crash"), reason: "ProcessExited",
            phase: "READY", cause: ["was ended by SIGSEGV after it was ready"]),
        ServerMisdeed(
            name: "exits while READY", provocation: .request("/__control/exit"), reason: "ProcessExited",
            phase: "READY", cause: ["exited with status 1 after it was ready"]),
        ServerMisdeed(
            name: "turns unhealthy while READY", options: ["--liveness-interval", "20ms"],
            provocation: .request("/__control/unhealthy"), reason: "RuntimeUnhealthy", phase: "READY",
            cause: ["it was READY, then stopped answering", "3 probes in a row failed", "/health answered 500"]),
        // A warm-up of half a second and more, in which 25 probes would fail, is none of the liveness probe's business.
        ServerMisdeed(
            name: "answers no probe from its warm-up on",
            flags: [
                "--unhealthy-after-requests", "1", "--slow-drip", "1",
                "--warmup-body", String(repeating: "x", count: 500),
            ],
            options: ["--liveness-interval", "20ms"], isWarmed: true, provocation: .request("/__control/unhealthy"),
            reason: "RuntimeUnhealthy", phase: "READY",
            cause: ["it was READY, then stopped answering", "/health answered 500"]),
    ]
}
