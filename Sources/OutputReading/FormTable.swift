/// One row of the table of forms: how a form looks, who writes it so, and what the reader makes of it.
struct FormExample: Sendable {
    var form: Form
    /// A short output, in our own words.
    var output: String
    /// What a person would name; nil if nothing is wrong.
    var cause: String?
    /// Who writes so.
    var source: String

    static let table: [FormExample] = [
        FormExample(
            form: .pythonTraceback,
            output: """
                Traceback (most recent call last):
                  File "serve.py", line 3, in <module>
                BadWeights: layer3 is 384 wide, not 512
                """,
            cause: "BadWeights: layer3 is 384 wide, not 512", source: "Python: an exception that nothing catches"),
        FormExample(
            form: .pythonTraceback,
            output: """
                Traceback (most recent call last):
                OSError: model.bin ends early

                The above exception was the direct cause of the following exception:

                Traceback (most recent call last):
                RuntimeError: start-up failed
                """,
            cause: "OSError: model.bin ends early", source: "Python: raise … from"),
        FormExample(
            form: .pythonTraceback,
            output: """
                  + Exception Group Traceback (most recent call last):
                  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
                  +-+---------------- 1 ----------------
                    | ValueError: layer3 is short
                    +------------------------------------
                """,
            cause: "ValueError: layer3 is short", source: "Python since 3.11: asyncio.TaskGroup"),
        FormExample(
            form: .pythonTraceback,
            output: """
                (EngineCore_0 pid=12) ERROR 11-30 10:00:00 [core.py:7] Traceback (most recent call last):
                (EngineCore_0 pid=12) ERROR 11-30 10:00:00 [core.py:7]   File "core.py", line 3, in run
                (EngineCore_0 pid=12) ERROR 11-30 10:00:00 [core.py:7] ValueError: no room for the cache
                """,
            cause: "ValueError: no room for the cache", source: "vLLM and Ray: processes that share an output"),
        FormExample(
            form: .pythonTraceback,
            output:
                "Traceback (most recent call last):\n  File \"s.py\", line 2, in f\n    assert rows == 512\nAssertionError",
            cause: "AssertionError (s.py, line 2: assert rows == 512)",
            source: "Python: an exception without a message, named with its line"),
        FormExample(
            form: .validation, output: "1 validation error for ModelConfig\nport\n  Input should be a valid integer",
            cause: "1 validation error for ModelConfig port Input should be a valid integer", source: "pydantic"),
        FormExample(
            form: .bareException, output: "torch.OutOfMemoryError: CUDA out of memory",
            cause: "torch.OutOfMemoryError: CUDA out of memory", source: "a traceback whose beginning was not kept"),
        FormExample(
            form: .stackTrace,
            output: """
                java.lang.IllegalStateException: cannot start
                \tat app.Main.main(Main.java:7)
                Caused by: java.io.FileNotFoundException: /models/m.bin (No such file or directory)
                \tat app.Loader.open(Loader.java:3)
                """,
            cause: "java.io.FileNotFoundException: /models/m.bin (No such file or directory)",
            source: "Java: Throwable.printStackTrace"),
        FormExample(
            form: .stackTrace,
            output: "Error: listen EADDRINUSE: address already in use\n    at listen (node:net:1817:16)",
            cause: "Error: listen EADDRINUSE: address already in use", source: "Node.js"),
        FormExample(
            form: .stackTrace,
            output: "Unhandled exception. System.IO.IOException: disk full\n   at Program.Main() in /a.cs:line 9",
            cause: "System.IO.IOException: disk full", source: ".NET"),
        FormExample(
            form: .rustPanic, output: "thread 'main' panicked at src/main.rs:4:5:\nthe weights are too short",
            cause: "the weights are too short", source: "Rust since 1.73: the message in the next line"),
        FormExample(
            form: .rustPanic, output: "thread 'main' panicked at 'the weights are too short', src/main.rs:4:5",
            cause: "the weights are too short", source: "Rust before 1.73"),
        FormExample(
            form: .causedBy, output: "Error: cannot read config.json\n\nCaused by:\n    No such file (os error 2)",
            cause: "Error: cannot read config.json: No such file (os error 2)", source: "Rust: anyhow and eyre"),
        FormExample(
            form: .goPanic, output: "panic: open model.bin: permission denied\n\ngoroutine 1 [running]:\nmain.main()",
            cause: "panic: open model.bin: permission denied", source: "Go"),
        FormExample(
            form: .terminate,
            output: "terminate called after throwing an instance of 'std::runtime_error'\n  what():  bad header",
            cause: "std::runtime_error: bad header", source: "C++: std::terminate of libstdc++"),
        FormExample(
            form: .terminate,
            output: "libc++abi: terminating due to uncaught exception of type std::bad_alloc: no memory",
            cause: "std::bad_alloc: no memory", source: "C++: std::terminate of libc++"),
        FormExample(
            form: .words, output: "a.c:12: GGML_ASSERT(n == 512) failed",
            cause: "a.c:12: GGML_ASSERT(n == 512) failed", source: "ggml"),
        FormExample(
            form: .words, output: "loader: error loading a.gguf: tensor 7 is not in the file",
            cause: "loader: error loading a.gguf: tensor 7 is not in the file",
            source: "programs of C and C++ without a logger"),
        FormExample(
            form: .words, output: "model_load: invalid model data (bad magic)\nmodel_init: failed to load model",
            cause: "model_load: invalid model data (bad magic)", source: "whisper.cpp: the reason, then what failed"),
        FormExample(
            form: .words,
            output: "./serve: error while loading shared libraries: libx.so.1: cannot open shared object file",
            cause: "libx.so.1: cannot open shared object file", source: "the loader of glibc"),
        FormExample(
            form: .words, output: "./serve: /lib/libc.so.6: version `GLIBC_2.38' not found (required by ./serve)",
            cause: "version `GLIBC_2.38' not found", source: "the loader of glibc, on an older system"),
        FormExample(
            form: .levelled, output: "E1130 10:00:00.123456 7 repo.cc:5] model a is invalid",
            cause: "model a is invalid",
            source: "glog and absl"),
        FormExample(
            form: .levelled, output: "0.01.234.567 E srv  load_model: tensor 7 is outside of the file",
            cause: "srv load_model: tensor 7 is outside of the file", source: "llama.cpp: one letter in a column"),
        FormExample(
            form: .levelled, output: "2026-11-30 10:00:00.123 | ERROR    | app:load:12 - model a is invalid",
            cause: "model a is invalid", source: "loguru"),
        FormExample(
            form: .levelled, output: "2026-11-30T10:00:00,123 [ERROR] main org.app.Loader - model a is invalid",
            cause: "model a is invalid", source: "log4j and logback"),
        FormExample(
            form: .levelled, output: "2026-11-30T10:00:00.123456Z ERROR app::load: model a is invalid",
            cause: "model a is invalid", source: "Rust: tracing"),
        FormExample(
            form: .levelled, output: "[2026-11-30 10:00:00.123] [error] model a is invalid",
            cause: "model a is invalid",
            source: "spdlog"),
        FormExample(
            form: .json, output: #"{"level":"error","msg":"cannot start","err":"the file is damaged"}"#,
            cause: "cannot start: the file is damaged", source: "zap, pino, structlog, Mosec, Cog"),
        FormExample(
            form: .fields, output: #"level=error msg="cannot load the model" err="unexpected end of file""#,
            cause: "cannot load the model: unexpected end of file", source: "logfmt of Go and slog"),
        FormExample(
            form: .fields, output: #"E1130 10:00:00.1 7 a.go:3] "Cannot start" err="port 80 is taken""#,
            cause: "Cannot start: port 80 is taken", source: "klog; Triton quotes likewise"),
        FormExample(
            form: .usage, output: "╭─ Error ─────────╮\n│ No such option: --prot │\n╰─────────────────╯",
            cause: "No such option: --prot", source: "click and typer with rich"),
        FormExample(
            form: .ordinary, output: "Uvicorn running on http://127.0.0.1:8000", cause: nil, source: "all others"),
    ]
}
