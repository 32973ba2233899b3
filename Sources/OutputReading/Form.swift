/// The forms in which the servers of the field say why they end. Each is recognised in its example; a test says so.
enum Form: String, Sendable, CaseIterable {
    case pythonTraceback, stackTrace, rustPanic, goPanic, terminate, causedBy, validation, usage
    case json, fields, levelled, bareException, words, ordinary

    static func of(_ line: OutputLine, rank: Rank) -> Form {
        if rank < .hint { return .ordinary }
        if line.isUnwrapped { return .json }
        if Judgement.isBareException(line.bytes) { return .bareException }
        if line.level != nil { return .levelled }
        return .words
    }

    /// A short output in this form.
    var example: String {
        switch self {
        case .pythonTraceback:
            """
            Traceback (most recent call last):
              File "serve.py", line 3, in <module>
            BadWeights: layer3 is 384 wide, not 512
            """
        case .stackTrace:
            """
            java.lang.IllegalStateException: cannot start
            \tat app.Main.main(Main.java:7)
            Caused by: java.io.FileNotFoundException: /models/m.bin (No such file or directory)
            \tat app.Loader.open(Loader.java:3)
            """
        case .rustPanic: "thread 'main' panicked at src/main.rs:4:5:\nthe weights are too short"
        case .goPanic: "panic: open model.bin: no such file or directory\n\ngoroutine 1 [running]:\nmain.main()"
        case .terminate: "terminate called after throwing an instance of 'std::runtime_error'\n  what():  bad header"
        case .causedBy: "Error: cannot read config.json\n\nCaused by:\n    No such file or directory (os error 2)"
        case .validation: "1 validation error for ModelConfig\nport\n  Input should be a valid integer"
        case .usage: "╭─ Error ─────────╮\n│ No such option: --prot │\n╰─────────────────╯"
        case .json: #"{"level":"error","msg":"the file is damaged"}"#
        case .fields: #"level=error msg="cannot load the model" err="unexpected end of file""#
        case .levelled: "E1130 10:00:00.123456 7 repo.cc:5] model a is invalid"
        case .bareException: "torch.OutOfMemoryError: CUDA out of memory"
        case .words: "loader: error loading a.gguf: tensor 7 is not in the file"
        case .ordinary: "Uvicorn running on http://127.0.0.1:8000"
        }
    }

    /// Who writes so.
    var source: String {
        switch self {
        case .pythonTraceback: "Python: uncaught exceptions and logging.exception"
        case .stackTrace: "Java's Throwable.printStackTrace, errors of Node.js and .NET"
        case .rustPanic: "Rust's default panic hook, since 1.73 in two lines"
        case .goPanic: "the runtime of Go"
        case .terminate: "std::terminate of libstdc++ and libc++"
        case .causedBy: "anyhow and eyre, for an error that main returns"
        case .validation: "pydantic, as vLLM prints it"
        case .usage: "click and typer with rich"
        case .json: "structured loggers: Mosec, Cog, zap, pino, structlog"
        case .fields: "logfmt of Go, slog, klog and Triton"
        case .levelled: "glog, absl, llama.cpp, logging of Python, log4j, tracing of Rust, spdlog"
        case .bareException: "an exception whose traceback was not kept or not printed"
        case .words: "programs of C and C++ without a logger"
        case .ordinary: "all others"
        }
    }
}
