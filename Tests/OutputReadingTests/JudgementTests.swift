import Testing

@testable import OutputReading

struct JudgementTests {
    @Test(
        arguments: [
            // Reasons.
            ("ERROR: the licence ran out", .reason), ("failed to open 'a.bin'", .reason), ("cannot map a.bin", .reason),
            ("main: error: unable to load model: bad magic in a.gguf", .reason),
            ("a.cc:3: Assertion `x' failed.", .reason),
            ("ERROR disk is full, exiting", .reason), ("Worker 3 failed to start: CUDA out of memory", .reason),
            ("ERROR expected 512 instead of 384", .reason), ("error loading a.gguf: tensor 7 is missing", .reason),
            ("./a: error while loading shared libraries: libx.so.1: cannot open shared object file", .reason),
            ("Segmentation fault (core dumped)", .reason), ("OSError: [Errno 98] Address already in use", .reason),
            ("ERROR setup failed: ValueError: layer3 is short", .reason), ("no module named x", .reason),
            // What failed, and not why.
            ("failed to load model 'a.gguf'", .vague), ("error: failed to load model: /m/a.gguf", .vague),
            ("error loading model a.gguf", .vague), ("error: could not create the context", .vague),
            // Echoes.
            ("ERROR: Application startup failed. Exiting.", .echo),
            ("ERROR exiting due to model loading error", .echo),
            ("error: failed to initialize whisper context", .vague), ("RuntimeError: worker 0 failed to start", .echo),
            ("ERROR worker Inference-1 halted with signal [-15]", .echo), ("worker 3 ended with exit code 7", .echo),
            // One request.
            ("ERROR:    Exception in ASGI application", .request), ("ERROR error while handling request 12", .request),
            // Harmless.
            ("ERROR: optional library not found, going on without it", .harmless),
            ("ERROR: falling back to CPU", .harmless),
            // Ordinary.
            ("INFO could not find a cache, building one", .ordinary), ("error_rate=0", .ordinary),
            ("errors: 0", .ordinary),
            ("0 errors in 12 files", .ordinary), ("on_error: retry", .ordinary), ("ErrorHandler registered", .ordinary),
            ("error correction is on", .ordinary), ("error: none", .ordinary),
            ("worker 3 ended with exit code 0", .ordinary),
            ("if it failed to start, see below", .ordinary), ("INFO the lease ran out, shutting down", .ordinary),
            ("no error while loading", .ordinary), ("print_info: model type = unknown", .ordinary),
            // Words that say why beside an error.
            ("invalid model data", .reason), ("tokens.txt does not exist", .hint), ("Please provide --tokens", .hint),
            ("WARN tensor 3 not found", .hint),
            // Signs of health.
            ("INFO: Application startup complete.", .recovery), ("listening on 127.0.0.1:80", .recovery),
            // Farewells.
            ("INFO: Shutting down", .farewell), ("Finished server process [12]", .farewell),
            ("main: leaving", .farewell),
            ("srv operator(): cleaning up before exit...", .farewell), ("bye", .farewell),
            // Noise.
            ("127.0.0.1:1 - \"GET /health HTTP/1.1\" 503 Service Unavailable", .noise),
            ("GET /health 404 1 ms", .noise),
            ("#0  0x00007f in wait4 ()", .noise), ("[New LWP 12]", .noise), ("Thread 1 \"a\" received signal", .noise),
            ("E0000 00:00:1732960000.1 1 x.cc:1] Failed to initialize NVML", .noise), ("=====", .noise),
            ("/a/b.py:3: UserWarning: error in the cache", .noise), ("  warnings.warn(", .noise),
            ("WARNING:  Invalid HTTP request received.", .noise), ("[… 512 bytes dropped …]", .noise), ("", .noise),
            ("[error] handle_read_http_request error: transport:7 (End of File)", .noise),
        ] as [(String, Rank)]) func aLineIsWorthWhatItTells(line: String, rank: Rank)
    {
        #expect(Judgement.rank(OutputLine(index: 0, visible: Array(line.utf8))) == rank)
    }
}
