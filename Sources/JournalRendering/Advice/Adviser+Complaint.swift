import JournalReports
import LifecycleJournal
import ModelLifecycle
import OutputReading

/// Advice from what the server said. Each form of complaint has one remedy.
extension Adviser {
    /// The remedy for the first complaint that has a known form.
    var complaint: NextStep? {
        let remedies = Self.remedies
        for text in complaints {
            let lowercased = text.lowercased()
            for remedy in remedies where remedy.fits(lowercased) {
                if let step = remedy.step(self, text) { return step }
            }
        }
        return nil
    }

    /// What the server, its answer and, for a model in this process, the provider said.
    private var complaints: [String] {
        let said = [cause.answer, cause.reading.cause?.text, cause.reading.consequence?.text]
        let message = reason == .modelLoadFailed ? run.message : nil
        return (said + [message]).compactMap { $0 }
    }

    /// Words by which a form of complaint is known, in lower case, and what to do about it.
    private struct Remedy {
        let marks: [String]
        let step: (Adviser, String) -> NextStep?

        init(_ marks: String..., step: @escaping (Adviser, String) -> NextStep?) {
            self.marks = marks
            self.step = step
        }

        func fits(_ text: String) -> Bool { marks.contains { text.contains($0) } }
    }

    /// In order: the more special form comes first.
    private static var remedies: [Remedy] { ofTheMachine + ofFiles + ofTheServer }

    private static var ofTheMachine: [Remedy] {
        [
            Remedy("address already in use", "address in use", "eaddrinuse", "couldn't bind", "could not bind") {
                $0.portInUse($1)
            },
            Remedy(
                "cuda out of memory", "cuda error: out of memory", "hip error: out of memory", "hip out of memory",
                "outofmemoryerror", "cudamalloc failed",
                "cuda_error_out_of_memory", "outofdevicememory", "failed to allocate cuda", "failed to allocate rocm",
                "failed to allocate vulkan", "failed to allocate metal"
            ) { adviser, _ in
                adviser.gpu("the GPU has too little free memory: see what uses it, or let the model use less of it")
            },
            Remedy(
                "no cuda-capable device", "found no nvidia driver", "cuda driver version is insufficient",
                "no cuda gpus are available", "no hip gpus are available", "no kernel image is available"
            ) { adviser, _ in adviser.gpu("the server found no GPU that it can use: see what the driver shows") },
            Remedy(
                "error while loading shared libraries", "cannot open shared object file", "version `glibc",
                "library not loaded:"
            ) { $0.sharedLibrary($1) },
            Remedy("no module named") { $0.pythonModule($1) },
            Remedy("no space left on device", "enospc", "disk quota exceeded") { adviser, text in
                adviser.diskFull(text)
            },
            Remedy("too many open files", "emfile") { adviser, _ in
                NextStep(
                    "the server may not open enough files: raise the limit (LimitNOFILE= in a unit of systemd)",
                    adviser.recorded?.command(after: "ulimit -n 65536 &&", adviser.invocation))
            },
            Remedy(
                "std::bad_alloc", "cannot allocate memory", "enomem", "memoryerror", "defaultcpuallocator",
                "failed to allocate buffer"
            ) { adviser, _ in adviser.moreMemory("the server got no more memory: ") },
        ]
    }

    private static var ofFiles: [Remedy] {
        [
            Remedy(
                "gated repo", "gatedrepo", "401 client error", "403 client error", "is restricted",
                "must be authenticated", "repository not found for url", "invalid user token"
            ) { $0.hub($1) },
            Remedy(
                "certificate verify failed", "unable to get local issuer certificate", "self-signed certificate",
                "self signed certificate"
            ) { adviser, _ in
                NextStep(
                    "the server does not trust the certificate of a host that it asks: name the file of the authority "
                        + "that signed it, in SSL_CERT_FILE",
                    adviser.recorded?.command(after: "SSL_CERT_FILE=ca.pem", adviser.invocation))
            },
            Remedy("permission denied", "eacces", "permissionerror") { $0.permission($1) },
            Remedy(
                "no such file or directory", "does not exist", "file not found", "filenotfounderror", "failed to open",
                "cannot open", "can't open", "couldn't open", "could not open", "unable to open", "not found"
            ) { $0.missingFile($1) },
            Remedy(
                "bad magic", "invalid magic", "invalid model data", "invalid model file", "not within the file bounds",
                "headertoolarge", "metadataincompletebuffer", "unexpected end of file", "unexpected eof",
                "unexpectedly reached end of file", "truncated", "invalid header", "checksum"
            ) { $0.damagedFile($1) },
        ]
    }

    private static var ofTheServer: [Remedy] {
        [
            Remedy(
                "unknown model architecture", "unsupported model type", "unsupported model architecture",
                "does not recognize this architecture", "model architectures"
            ) {
                $0.lookedAt($1, "this version of the server does not know the model's architecture: try a newer one")
            },
            Remedy(
                "unrecognized argument", "unknown argument", "invalid argument:", "unknown option",
                "unrecognized option", "no such option", "unexpected argument"
            ) { adviser, _ in adviser.wrongArgument },
            Remedy(
                "name or service not known", "temporary failure in name resolution", "failed to resolve",
                "max retries exceeded", "network is unreachable", "localentrynotfounderror"
            ) {
                $0.lookedAt(
                    $1, "the server could not fetch something from the network: fetch it beforehand, or see why")
            },
        ]
    }

    // MARK: - Remedies

    private func portInUse(_ text: String) -> NextStep? {
        let named = text.firstMatch(of: /(?i)(?:port[ =:'"]+|:|, ?)(\d{2,5})\b/).flatMap { Int($0.1) }
        let probed = (evidence.probeTarget ?? recorded?.server?.probe).flatMap { ProbeAddress($0)?.port }
        // A port that refuses connections is not the one that is in use.
        let isRefused = evidence.lastProbe?.contains("refused") ?? false
        let port = named ?? recorded?.server?.port ?? (isRefused ? nil : probed)
        let place = port.map { "port \($0)" } ?? "its port"
        return NextStep(
            "\(place) is in use by another process: stop that one, or give the server another port",
            port.map(Self.listeners) ?? Self.allListeners)
    }

    private func gpu(_ advice: String) -> NextStep {
        let text = complaints.joined(separator: " ")
        if text.contains(/(?i)metal/) { return NextStep(advice) }
        return NextStep(advice, text.contains(/(?i)\bhip\b|rocm/) ? "rocm-smi" : "nvidia-smi")
    }

    private func sharedLibrary(_ text: String) -> NextStep? {
        if let version = text.firstMatch(of: /GLIBC(?:XX)?_[0-9.]+/) {
            return NextStep(
                "the program was built for a newer system, it needs \(version.0): use a build for this one",
                "ldd --version")
        }
        guard let match = text.firstMatch(of: /([\w.+\-]+\.(?:so|dylib)[.\d]*)/) else { return nil }
        let library = String(match.1)
        return NextStep(
            "the shared library \(library) is missing: install it, or name its directory in LD_LIBRARY_PATH",
            "ldconfig -p | grep \(ShellWords.quoted(library))")
    }

    private func pythonModule(_ text: String) -> NextStep? {
        guard let match = text.firstMatch(of: /No module named ['"]?([\w.]+)/) else { return nil }
        let module = String(match.1)
        guard let python = interpreter else {
            return NextStep(
                "the Python module \(module) is missing: install it into the server's environment", byHand?.command)
        }
        return NextStep(
            "the Python module \(module) is missing in the environment of \(python): install it there (its package may "
                + "have another name)",
            ShellWords.line([python, "-m", "pip", "install", String(module.prefix { $0 != "." })]))
    }

    /// The Python of the server: its program, or the one beside it.
    private var interpreter: String? {
        guard let program = recorded?.server?.words.first else { return nil }
        let name = program.split(separator: "/").last ?? ""
        if name.hasPrefix("python") || name.hasPrefix("pypy") { return program }
        guard let folder = program.lastIndex(of: "/"), program[..<folder].hasSuffix("/bin") else { return nil }
        return program[...folder] + "python"
    }

    private func diskFull(_ text: String) -> NextStep {
        guard let path = MentionedFile(text)?.path else { return NextStep("a disk is full: free some space", "df -h") }
        return NextStep("the disk with \(path) is full: free some space", command("df", "-h", path))
    }

    private func hub(_ text: String) -> NextStep? {
        let token = text.contains(/(?i)ngc|nvcr/) ? "NGC_API_KEY" : "HF_TOKEN"
        guard text.contains(/(?i)hugging ?face|gated|hf\.co|repo|restricted|token|ngc|nvcr|client error/) else {
            return nil
        }
        return NextStep(
            "the download was refused: accept the model's terms and export a token that may read it as \(token)",
            again())
    }

    private func permission(_ text: String) -> NextStep? {
        if text.contains(/(?i)bind/) {
            return NextStep("the server may not use its port: choose one above 1023", byHand?.command)
        }
        guard let path = MentionedFile(text)?.path else { return nil }
        return NextStep("the server may not use \(path): see who may", command("ls", "-ld", path))
    }

    private func missingFile(_ text: String) -> NextStep? {
        if let program = Self.missingProgram(text) {
            return NextStep(
                "the program \(program) is not installed, or not in PATH: install it, or name its path",
                command("command", "-v", program))
        }
        // A model, a codec or a tensor that was not found may have a slash in its name too.
        guard let file = MentionedFile(text), file.isFile || text.lowercased().contains("no such file") else {
            return nil
        }
        return NextStep(
            "\(file.path) is missing or cannot be opened: is the path right?", command("ls", "-l", file.path))
    }

    /// The program that a shell or `env` did not find, as they say it: `./start.sh: 2: whisper-server: not found`.
    private static func missingProgram(_ text: String) -> String? {
        if let match = text.firstMatch(of: /(?:^|[ \/])env: ['‘]?([^'’:\s]+)['’]?: No such file or directory/) {
            return String(match.1)
        }
        let shell = /: (?:line )?\d+: (?:exec: )?([^:\s]+): (?:command )?not found$/
        if let match = text.firstMatch(of: shell) { return String(match.1) }
        return text.firstMatch(of: /^(?:\w*sh: )?([\w.+\-]+): command not found$/).map { String($0.1) }
    }

    private func damagedFile(_ text: String) -> NextStep? {
        guard let path = MentionedFile(text)?.path ?? recorded?.modelFile else { return nil }
        return NextStep(
            "\(path) is damaged, incomplete or of another kind: compare its size with the original and fetch it again",
            command("ls", "-l", path))
    }

    /// The model's file is not what its header says, whatever the server made of it.
    var faultyFile: NextStep? {
        guard run.failedPhase != .ready, let file = cause.modelFile, let fault = file.fault else {
            return nil
        }
        let path = recorded?.modelFile
        let remedy = file.format == .lfsPointer ? "fetch the model with `git lfs pull`" : "download it again"
        return NextStep("\(path ?? "the model's file") \(fault): \(remedy)", path.map { command("ls", "-l", $0) })
    }

    private var wrongArgument: NextStep? {
        guard let program = recorded?.server?.words.first else { return nil }
        return NextStep(
            "the server does not know one of its arguments: see which ones it knows", command(program, "--help"))
    }

    private func lookedAt(_ text: String, _ advice: String) -> NextStep? {
        recorded?.byHand(invocation).map { NextStep(advice, $0) }
    }

    /// A command in the server's directory, as it means the server's paths.
    func command(_ words: String...) -> String {
        var line = ShellLine()
        line.append(words)
        return (recorded?.here(line, invocation) ?? line).text
    }
}
