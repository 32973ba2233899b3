import ModelLifecycle
import OutputReading
import Testing

@testable import JournalRendering

/// Advice from what was found at the scene of the failure.
@Suite struct AdviceTests {
    private static let options = [
        "command": #"["/opt/v/bin/serve","--port","8080"]"#, "probe": "http://127.0.0.1:8080/health",
    ]
    private static let again = "modeljournal run --model 'my model' --journal j -- /opt/v/bin/serve --port 8080"

    private static func again(_ probe: String) -> String {
        "modeljournal run --model 'my model' --probe \(probe) --journal j -- /opt/v/bin/serve --port 8080"
    }

    private func step(
        _ reason: FailureReason = .startupTimeout, _ reading: OutputReading = OutputReading(), answer: String? = nil,
        bytes: Int64? = nil, message: String? = nil, _ change: (inout FailureEvidence) -> Void
    ) -> NextStep {
        var run = FailedRun(reason, options: Self.options)
        var evidence = FailureEvidence(lastProbe: "GET /health: Connection refused")
        evidence.probeTarget = "http://127.0.0.1:8080/health"
        change(&evidence)
        run.evidence = evidence
        run.modelBytes = bytes
        if let message { run.message = message }
        return run.nextStep(reading, answer: answer, Invocation(journal: "j"))
    }

    // MARK: - The probe

    @Test(arguments: [
        (404, "is the path right?", "curl -i http://127.0.0.1:8080/health"),
        (405, "it takes no GET there", "curl -i http://127.0.0.1:8080/health"),
        (500, "read what it says", "curl -i http://127.0.0.1:8080/health"),
        (426, "it speaks WebSocket there", again("ws://127.0.0.1:8080/health")),
        (
            401, "it wants a key; export it as API_KEY",
            again(#"http://127.0.0.1:8080/health --probe-header "Authorization: Bearer $API_KEY""#)
        ),
        (
            403, "it wants a key; export it as API_KEY",
            again(#"http://127.0.0.1:8080/health --probe-header "Authorization: Bearer $API_KEY""#)
        ),
    ])
    func theSameRefusalEachTimeIsNoSlowness(status: Int, advice: String, command: String) {
        for reason in [FailureReason.startupTimeout, .stalled] {
            let step = step(reason) {
                $0.probeStatus = status
                $0.probeRepeats = 12
                $0.lastProbe = "GET /health answered \(status)"
            }
            #expect(
                step.advice.hasPrefix("the server answers \(status) at http://127.0.0.1:8080/health")
                    && step.advice.contains(advice), "\(step)")
            #expect(step.command == command)
        }
    }

    @Test func aKeyThatIsRefusedIsSentAgain() {
        var run = FailedRun(
            .startupTimeout,
            options: Self.options.merging(["probe_headers": #"["Authorization: [redacted]","X: y"]"#]) { $1 })
        run.evidence = FailureEvidence(lastProbe: "GET /health answered 401")
        run.evidence?.probeStatus = 401
        let step = run.nextStep(OutputReading(), Invocation(journal: "j"))
        #expect(step.advice.contains("is the key right? send the same"))
        #expect(step.command == #"curl -i -H "Authorization: $AUTHORIZATION" -H 'X: y' http://127.0.0.1:8080/health"#)
    }

    /// What was given for the probe is given again.
    @Test func aCommandHasAllThatTheProbeHad() {
        let options = Self.options.merging([
            "probe": "https://127.0.0.1:8080/health", "probe_headers": #"["X-Key: [redacted]"]"#,
            "probe_method": "POST", "probe_body": "{}", "probe_insecure": "true",
            "ready_when": #"["status=READY","http=200|204"]"#, "failed_when": #"["status=FAILED"]"#,
            "alive_when": #"["http=2xx"]"#, "ready_successes": "3",
        ]) { $1 }
        let step = FailedRun(.startupTimeout, options: options).nextStep(OutputReading(), Invocation(journal: "j"))
        let words =
            #"--probe https://127.0.0.1:8080/health --probe-header "X-Key: $X_KEY" --probe-method POST "#
            + "--probe-body '{}' --probe-insecure --ready-when status=READY --ready-when 'http=200|204' "
            + "--failed-when status=FAILED --alive-when http=2xx --ready-successes 3 "
        #expect(step.command?.contains(words) == true, "\(step)")
        let asked = FailedRun(.runtimeUnhealthy, options: options).nextStep(OutputReading(), Invocation(journal: "j"))
        #expect(
            asked.command == #"curl -i -X POST -H "X-Key: $X_KEY" -k -H 'Content-Type: application/json' "#
                + "--data-binary '{}' https://127.0.0.1:8080/health", "\(asked)")
    }

    @Test func aServerBehindASocketIsAskedThere() {
        let options = Self.options.merging(["probe": "unix:/run/m.sock:/health?a=b"]) { $1 }
        let step = FailedRun(.runtimeUnhealthy, options: options).nextStep(OutputReading(), Invocation(journal: "j"))
        #expect(step.command == "curl -i --unix-socket /run/m.sock 'http://localhost/health?a=b'", "\(step)")
    }

    /// An older journal has the status in words, and no target.
    @Test func anOlderJournalsAnswerIsReadToo() {
        let step = step {
            $0.probeTarget = nil
            $0.lastProbe = "GET /health answered 404"
        }
        #expect(step.advice == "the server answers 404 at http://127.0.0.1:8080/health: is the path right?")
    }

    @Test(arguments: [
        ("/health/", "http://127.0.0.1:8080/health/"), ("https://other/x", "https://other/x"),
        ("http://127.0.0.1:8080/v2", "http://127.0.0.1:8080/v2"),
    ])
    func aRedirectIsFollowed(location: String, goal: String) {
        let step = step {
            $0.probeStatus = 307
            $0.probeLocation = location
        }
        #expect(step.advice.contains("answers 307") && step.advice.contains("leads to \(goal): probe that"))
        #expect(step.command == Self.again(goal))
    }

    /// Servers answer 503 until they are ready; and one that nobody can reach may only be slow.
    @Test(arguments: [503, nil]) func aServerThatIsNotReadyYetGetsTime(status: Int?) {
        let step = step {
            $0.probeStatus = status
            $0.probeRepeats = 12
            $0.listeningAddresses = []
        }
        #expect(step.advice == "give it more time")
    }

    @Test func aServerThatSaysThatItsModelFailedIsAsked() {
        let step = step {
            $0.probeStatus = 200
            $0.lastProbe = "GET /health-check answered 200, but status is SETUP_FAILED"
        }
        #expect(step.advice.contains("SETUP_FAILED") && step.command == "curl -i http://127.0.0.1:8080/health")
    }

    @Test(arguments: [
        (["127.0.0.1:8081"], "http://127.0.0.1:8081/health"), (["0.0.0.0:9000"], "http://127.0.0.1:9000/health"),
        (["[::1]:8080"], "'http://[::1]:8080/health'"), (["[::]:9000"], "http://127.0.0.1:9000/health"),
        (["127.0.0.1:45000", "127.0.0.1:8001"], "http://127.0.0.1:8001/health"),
        (["192.0.2.7:8080"], "http://192.0.2.7:8080/health"),
    ])
    func aServerThatListensElsewhereIsProbedThere(listening: [String], probe: String) {
        let step = step { $0.listeningAddresses = listening }
        #expect(
            step.advice
                == "the server listens on \(listening.joined(separator: ", ")), not on 127.0.0.1:8080: probe where it "
                + "listens, or give it that port")
        #expect(step.command == Self.again(probe))
    }

    @Test(arguments: ["0.0.0.0:8080", "127.0.0.1:8080", "[::]:8080"])
    func aServerThatListensThereIsOnlySlow(listening: String) {
        #expect(step { $0.listeningAddresses = [listening] }.advice == "give it more time")
    }

    /// Servers open other ports before they are ready.
    @Test func anErrorSaysMoreThanAnotherPort() {
        let step = step(.startupTimeout, OutputReading("KeyError: 110")) { $0.listeningAddresses = ["127.0.0.1:6379"] }
        #expect(step.advice.contains("KeyError: 110"))
    }

    @Test func theHolderOfThePortIsNamed() {
        for reason in [FailureReason.startupTimeout, .processExited] {
            let step = step(reason) { $0.portHolder = .init(pid: 77, program: "python3") }
            #expect(
                step.advice == "port 8080 is held by python3 (pid 77): stop it, or give the server another port")
            #expect(step.command == Adviser.listeners(8080) && step.command?.contains("8080") == true)
        }
    }

    @Test(arguments: [
        (
            "its TLS certificate is not trusted: it is self-signed (CN=h)", "in SSL_CERT_FILE",
            "SSL_CERT_FILE=ca.pem " + again("http://127.0.0.1:8080/health")
        ),
        (
            "its TLS certificate is not valid for 127.0.0.1 (valid for h)", "is for another name",
            "curl -i https://127.0.0.1:8080/health"
        ),
        (
            "its TLS certificate is not trusted: it expired on 2026-01-01", "is not valid now",
            "curl -i https://127.0.0.1:8080/health"
        ),
        (
            "the TLS handshake failed: the server wants a client certificate", "of its clients",
            again("'exec:curl -fsS --cert client.pem https://127.0.0.1:8080/health'")
        ),
        ("the server does not speak TLS: use http://", "probe with http", again("http://127.0.0.1:8080/health")),
    ])
    func whatIsWrongWithTLSIsSaid(answer: String, advice: String, command: String) {
        let step = step {
            $0.probeTarget = "https://127.0.0.1:8080/health"
            $0.lastProbe = "GET https://127.0.0.1:8080/health: \(answer)"
        }
        #expect(step.advice.contains(advice) && step.command == command, "\(step)")
    }

    @Test(arguments: [
        ("GET x answered 400; the server speaks TLS: use https://", 400, again("https://127.0.0.1:8080/health")),
        ("GET x: the answer is not HTTP; it looks like Redis: “-ERR”", nil, again("tcp://127.0.0.1:8080")),
        ("GET x: the answer is not HTTP/1: the server speaks HTTP/2 only", nil, again("tcp://127.0.0.1:8080")),
    ])
    func aServerThatSpeaksAnotherLanguageIsProbedInIt(answer: String, status: Int?, command: String) {
        let step = step {
            $0.lastProbe = answer
            $0.probeStatus = status
        }
        #expect(step.command == command, "\(step)")
    }

    // MARK: - The warm-up

    @Test func aWarmUpThatWantsAKeyGetsOne() {
        var run = FailedRun(.warmupFailed, options: NextStepTests.server)
        run.evidence = FailureEvidence(lastProbe: "POST /completion answered 401")
        run.evidence?.probeStatus = 401
        let step = run.nextStep(OutputReading(), Invocation(journal: "j"))
        #expect(step.advice.hasPrefix("the server answers 401 to the warm-up request: it wants a key"))
        #expect(
            step.command == NextStepTests.run
                + #"--warmup-header "Authorization: Bearer $API_KEY" --journal j -- \#(NextStepTests.byHand)"#)
        // One was sent already, and is not the right one.
        run.configuration.options["warmup_headers"] = #"["Authorization: [redacted]"]"#
        let refused = run.nextStep(OutputReading())
        #expect(
            refused.command?.hasPrefix(#"curl -i -H "Authorization: $AUTHORIZATION" -H "#) == true, "\(refused)")
        #expect(refused.advice.contains("what was left out of the header Authorization belongs in $AUTHORIZATION"))
    }

    @Test func aWarmUpAtTheWrongPathIsSaidSo() {
        var run = FailedRun(.warmupFailed, options: NextStepTests.server)
        run.evidence = FailureEvidence(lastProbe: "POST /completion answered 404")
        run.evidence?.probeStatus = 404
        let step = run.nextStep(OutputReading())
        #expect(step.advice.contains("is its path right?") && step.command?.hasPrefix("curl -i ") == true, "\(step)")
    }

    /// A model, a codec or a tensor may have a slash in its name.
    @Test(arguments: [
        "ValueError: model openai/whisper-foo does not exist in the registry",
        "ValueError: codec for audio/x-wav not found",
        "RuntimeError: tensor encoder/layer3/weight not found in checkpoint",
    ])
    func whatIsNoFileIsNotLookedFor(error: String) {
        var reading = OutputReading()
        reading.cause = .init(text: error, line: 0)
        #expect(FailedRun().nextStep(reading).command?.hasPrefix("ls ") != true)
    }

    // MARK: - What the server said

    @Test(arguments: [
        ("OSError: [Errno 98] Address already in use", "port 8080 is in use", Adviser.listeners(8080)),
        (
            "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8123): address already in use",
            "port 8123 is in use", Adviser.listeners(8123)
        ),
        (
            "couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8124", "port 8124 is in use",
            Adviser.listeners(8124)
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: '/m/a b.bin'", "/m/a b.bin is missing",
            "ls -l '/m/a b.bin'"
        ),
        ("failed to open 'models/base.bin'", "models/base.bin is missing", "ls -l models/base.bin"),
        (
            "loader.cpp:22: failed to open /srv/x.gguf: No such file or directory", "/srv/x.gguf is missing",
            "ls -l /srv/x.gguf"
        ),
        (
            "failed to open GGUF file 'models/a b.gguf'", "models/a b.gguf is missing", "ls -l 'models/a b.gguf'"
        ),
        (
            "./start.sh: 2: whisper-server: not found", "the program whisper-server is not installed",
            "command -v whisper-server"
        ),
        (
            "./start.sh: line 2: exec: whisper-server: not found", "the program whisper-server is not installed",
            "command -v whisper-server"
        ),
        (
            "/usr/bin/env: ‘serve-it’: No such file or directory", "the program serve-it is not installed",
            "command -v serve-it"
        ),
        ("CUDA error: out of memory", "the GPU has too little free memory", "nvidia-smi"),
        ("tokens: tokens.txt does not exist", "tokens.txt is missing", "ls -l tokens.txt"),
        (
            "ModuleNotFoundError: No module named 'vllm.entry'",
            "the Python module vllm.entry is missing in the environment of /opt/v/bin/python",
            "/opt/v/bin/python -m pip install vllm"
        ),
        (
            "error while loading shared libraries: libcudart.so.12: cannot open shared object file: No such file or directory",
            "libcudart.so.12 is missing", "ldconfig -p | grep libcudart.so.12"
        ),
        (
            "/lib/libc.so.6: version `GLIBC_2.38' not found (required by ./serve)", "it needs GLIBC_2.38",
            "ldd --version"
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "the GPU has too little free memory",
            "nvidia-smi"
        ),
        ("RuntimeError: No CUDA GPUs are available", "no GPU that it can use", "nvidia-smi"),
        ("OSError: [Errno 28] No space left on device: '/cache/x'", "the disk with /cache/x is full", "df -h /cache/x"),
        ("write failed: No space left on device", "a disk is full", "df -h"),
        (
            "PermissionError: [Errno 13] Permission denied: '/m/a.bin'", "the server may not use /m/a.bin",
            "ls -ld /m/a.bin"
        ),
        (
            "OSError: [Errno 24] Too many open files", "LimitNOFILE",
            "ulimit -n 65536 && " + again("http://127.0.0.1:8080/health")
        ),
        (
            "GatedRepoError: 401 Client Error for url: https://huggingface.co/a/b", "HF_TOKEN",
            again("http://127.0.0.1:8080/health")
        ),
        ("'/m/x.bin': invalid model data (bad magic)", "/m/x.bin is damaged", "ls -l /m/x.bin"),
        ("unknown model architecture: 'qwen9'", "try a newer one", "/opt/v/bin/serve --port 8080"),
        ("serve: error: unrecognized arguments: --prot 8080", "one of its arguments", "/opt/v/bin/serve --help"),
        ("std::bad_alloc", "the server got no more memory: give it more memory", again("http://127.0.0.1:8080/health")),
    ])
    func eachComplaintHasItsRemedy(said: String, advice: String, command: String) {
        for reason in [FailureReason.processExited, .startupTimeout] {
            let step = step(reason, OutputReading(said)) { _ in }
            #expect(step.advice.contains(advice), "\(step)")
            #expect(step.command == command)
        }
        // Said second, or in the answer to a warm-up request.
        #expect(step(.processExited, OutputReading("worker 1 failed", then: said)) { _ in }.command == command)
        #expect(step(.warmupFailed, answer: said) { _ in }.command == command)
    }

    /// A port that refuses connections is not in use, and no other one is known.
    @Test(arguments: [
        (["serve", "9"], "GET /: Connection refused", "its port is in use", Adviser.allListeners),
        (["serve", "9"], "GET /: no answer within 5 s", "port 8080 is in use", Adviser.listeners(8080)),
        (["serve", "--port=8123"], "GET /: Connection refused", "port 8123 is in use", Adviser.listeners(8123)),
        (["serve", "-p", "8123"], "GET /: no answer within 5 s", "port 8123 is in use", Adviser.listeners(8123)),
    ])
    func noPortIsGuessed(words: [String], probe: String, advice: String, command: String) {
        var run = FailedRun(options: ["probe": "http://127.0.0.1:8080/"])
        run.configuration.options["command"] = "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        run.evidence = FailureEvidence(lastProbe: probe)
        let step = run.nextStep(OutputReading("OSError: [Errno 98] Address already in use"))
        #expect(step.advice.hasPrefix(advice) && step.command == command, "\(step)")
    }

    @Test func anUnknownComplaintIsLookedAtByHand() {
        let step = step(.processExited, OutputReading("BadWeights: layer3")) { _ in }
        #expect(step.command == "/opt/v/bin/serve --port 8080")
    }

    @Test(arguments: [
        (
            "cannot execute serve: Exec format error (a program for aarch64; this machine is x86-64)",
            "not for this machine", "file /opt/v/bin/serve"
        ),
        ("something else answers at http://127.0.0.1:8080/ already", "port 8080 is held", Adviser.listeners(8080)),
        (
            "cannot execute serve: Permission denied (the file system at /mnt is mounted noexec)",
            "mounted with noexec", "findmnt -T /opt/v/bin/serve"
        ),
        ("cannot execute serve: No such file or directory", "no such program", "ls -l /opt/v/bin/serve"),
        (
            "cannot execute serve: the interpreter /x named in its first line does not exist", "is missing",
            "head -n1 /opt/v/bin/serve"
        ),
        ("cannot execute serve: Permission denied", "may not be executed", "ls -l /opt/v/bin/serve"),
    ])
    func aProgramThatCannotRunIsLookedAt(message: String, advice: String, command: String) {
        let step = step(.spawnFailed, message: message) { _ in }
        #expect(step.advice.contains(advice) && step.command == command, "\(step)")
    }

    // MARK: - Memory

    @Test(
        arguments: [
            (
                3_328_599_655, 2 << 30,
                "the model's file alone has 3.1 GB, the limit is 2.0 GB: give it at least 3.1 GB and room to work"
            ),
            (1 << 30, 2 << 30, "give it more memory than the limit of 2.0 GB (the model's file has 1.0 GB)"),
            (nil, 2 << 30, "give it more memory than the limit of 2.0 GB"),
            (3 << 30, nil, "give it more memory: the model's file alone has 3.0 GB"), (nil, nil, "give it more memory"),
        ] as [(Int64?, Int64?, String)])
    func memoryIsAdvisedByTheModelsSizeAndTheLimit(bytes: Int64?, limit: Int64?, advice: String) {
        let killed = step(.oomKilled, bytes: bytes) {
            $0.memoryLimitBytes = limit
            // What it had when the kernel stepped in is no measure.
            $0.rssPeakBytes = 700 << 20
        }
        #expect(killed.advice == advice + ", or let a smaller model stand in: --fallback and its name, with")
        #expect(killed.command == Self.again("http://127.0.0.1:8080/health"))
    }

    @Test(arguments: [FailureReason.startupTimeout, .processExited, .warmupFailed, .runtimeUnhealthy])
    func aWorkerThatWasKilledForMemoryNeedsMemory(reason: FailureReason) {
        let step = step(reason, OutputReading("RuntimeError: worker died")) {
            $0.memoryKills = 3
            $0.killedProcessIDs = [4711]
            $0.memoryLimitBytes = 500 << 20
        }
        #expect(
            step.advice.hasPrefix(
                "worker 4711 was killed for memory (limit 500 MB): give it more memory than the limit of 500 MB"))
    }
}
