#if os(Linux)
    import Foundation
    import TestSupport
    import Testing

    /// READY needs an answer from the server's own processes, wherever they listen.
    @Suite(.turn(of: "CommandLineTests")) struct ServerAddressTests {
        /// It answers at once, works on a request for a while, and can share its port; all as it is told.
        private static let server = """
            import http.server, os, socket, sys, threading, time
            host, port = os.environ.get("AT_HOST", "127.0.0.1"), int(os.environ["AT_PORT"])
            class H(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
                def do_POST(self):
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    if self.path == "/work":
                        open(os.environ["AT_WORK"] + ".begun", "w").close()
                        while not os.path.exists(os.environ["AT_WORK"]): pass
                    self.do_GET()
                def log_message(self, *x): pass
            class S(http.server.HTTPServer):
                address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
                def server_bind(self):
                    if os.environ.get("AT_SHARED"): self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                    super().server_bind()
            if os.environ.get("AT_GATE"):
                while not os.path.exists(os.environ["AT_GATE"]): time.sleep(0.01)
            threading.Timer(120, lambda: os._exit(0)).start()
            S((host, port), H).serve_forever()
            """

        /// Nothing in the command says where it listens.
        @Test(arguments: [("127.0.0.1", false), ("::1", false), ("0.0.0.0", true), ("127.0.0.5", true)])
        func aPresetIsAskedWhereItsServerListens(host: String, isPortOfTheSystem: Bool) async throws {
            try await withWorkspace { workspace in
                let port = isPortOfTheSystem ? 0 : try freePort()
                let run = try await workspace.run(
                    try arguments(workspace, "m", ["--once", "--preset", "vllm"]),
                    environment: ["AT_HOST": host, "AT_PORT": "\(port)"])
                #expect(run.status == 0, "\(run)")
                let shown = host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host
                let place = "answers at http://\(shown):" + (isPortOfTheSystem ? "" : "\(port)/health")
                #expect(try await workspace.notes(of: "process").contains { $0.contains(place) })
            }
        }

        @Test func ofTwoServersThatShareAPortOneIsReady() async throws {
            try await withWorkspace { workspace in
                let port = try freePort()
                let environment: [String: String?] = [
                    "AT_PORT": "\(port)", "AT_SHARED": "1", "AT_GATE": workspace.path("gate"),
                ]
                let runs = try ["a", "b"].map {
                    try workspace.start(
                        try arguments(workspace, $0, ["--probe", "http://127.0.0.1:\(port)/"]), environment: environment
                    )
                }
                // Both are past the look at the port before the first of them listens.
                try await workspace.waitUntil("a", is: "LOADING")
                try await workspace.waitUntil("b", is: "LOADING")
                try await eventually("both servers run") {
                    try await workspace.notes(of: "process").filter { $0.contains("runs as pid") }.count == 2
                }
                #expect(FileManager.default.createFile(atPath: workspace.path("gate"), contents: nil))
                try await eventually("one of them has failed") {
                    try await workspace.run("runs", "--outcome", "failed", "-o", "json").output.contains(
                        "listens on port")
                }
                try await eventually("the other one is ready") {
                    try await workspace.run("status", "-o", "json").output.contains("\"READY\"")
                }
                let failed = try await workspace.postmortem()
                #expect(failed.reason == "SpawnFailed")
                #expect(failed.evidence?.portHolderPid != nil && failed.cause.contains("pid "), "\(failed)")
                for run in runs { run.send(SIGTERM) }
                let ends = try await [runs[0].finished(), runs[1].finished()].map(\.status)
                #expect(ends.sorted() == [0, 1])
            }
        }

        /// A wrapper's port is a guess; the one who has it is not asked.
        @Test func whoeverHasTheSupposedPortIsNotAsked() async throws {
            try await withWorkspace { workspace in
                let (supposed, own) = (try freePort(), try freePort())
                let preset = workspace.path("p.toml")
                try Data("name = \"p\"\n[address]\nport = \(supposed)\n[probe]\npath = \"/health\"\n".utf8)
                    .write(to: URL(filePath: preset))
                let stranger = try workspace.start(ScriptedServer.path, ["--port", "\(supposed)"])
                try await eventually("the stranger listens") {
                    try await workspace.run(
                        tool: "/usr/bin/env", ["curl", "-s", "http://127.0.0.1:\(supposed)/health"]
                    ).status == 0
                }
                let run = try await workspace.run(
                    try arguments(workspace, "m", ["--once", "--preset", preset]), environment: ["AT_PORT": "\(own)"])
                #expect(run.status == 0, "\(run)")
                #expect(
                    try await workspace.notes(of: "process").contains {
                        $0.contains("at http://127.0.0.1:\(own)/health")
                    })
                stranger.send(SIGTERM)
            }
        }

        @Test func aServerThatWorksIsNotEnded() async throws {
            try await withWorkspace { workspace in
                let port = try freePort()
                let run = try workspace.start(
                    try arguments(
                        workspace, "m",
                        [
                            "--probe", "http://127.0.0.1:\(port)/", "--liveness-interval", "50ms", "--probe-timeout",
                            "300ms",
                        ]), environment: ["AT_PORT": "\(port)", "AT_WORK": workspace.path("work")])
                try await workspace.waitUntil("m", is: "READY")
                let request = try workspace.start(
                    "/usr/bin/env", ["curl", "-s", "-d", "x", "http://127.0.0.1:\(port)/work"])
                try await eventually("it is told of as busy") {
                    try await workspace.notes(of: "liveness").contains { $0.contains("it is busy") }
                }
                #expect(FileManager.default.createFile(atPath: workspace.path("work"), contents: nil))
                #expect(try await request.finished().output == "ok")
                run.send(SIGTERM)
                let end = try await run.finished()
                #expect(end.status == 0, "\(end)")
            }
        }

        /// Each word is DELAY=PLACE=STATUS[=BODY]; a place is a port, or the path of a socket. Other paths are not found.
        /// With the status 0 it speaks another protocol. Each question makes a line in a file, PLACE.asked.
        private static let listeners = """
            import http.server, os, socket, socketserver, sys, threading, time
            def serve(delay, place, status, body):
                time.sleep(delay)
                class H(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        with open(place + ".asked", "a") as file: file.write(self.path + "\\n")
                        known = self.path == "/health"
                        self.send_response(status if known else 404); self.send_header("Content-Length", str(len(body)))
                        self.end_headers(); self.wfile.write(body.encode())
                    def log_message(self, *x): pass
                    def address_string(self): return "unix"
                class R(socketserver.BaseRequestHandler):
                    def handle(self):
                        with open(place + ".asked", "a") as file: file.write("connection\\n")
                        self.request.recv(4096); self.request.sendall(b"\\0\\0\\x06\\x04\\0\\0\\0\\0\\0\\0\\5\\0\\0\\x40\\0")
                if status == 0: return socketserver.ThreadingTCPServer(("127.0.0.1", int(place)), R).serve_forever()
                class U(socketserver.ThreadingUnixStreamServer): pass
                s = http.server.ThreadingHTTPServer(("127.0.0.1", int(place)), H) if place.isdigit() else U(place, H)
                s.serve_forever()
            for word in os.environ["AT_LISTEN"].split(","):
                delay, place, status, *body = word.split("=")
                threading.Thread(target=serve, args=(float(delay), place, int(status), "".join(body)), daemon=True).start()
            time.sleep(120)
            """

        /// - Parameter listen: words of `listeners`.
        private func run(
            _ workspace: Workspace, preset: String, port: Int, listen: String, _ words: [String] = [],
            _ options: [String] = []
        ) async throws -> Finished {
            let file = workspace.path("p.toml")
            let text = """
                name = "p"
                [address]
                port = \(port)
                port_flags = ["--port"]
                host_flags = ["--host"]
                [probe]
                path = "/health"
                \(preset)
                """
            try Data(text.utf8).write(to: URL(filePath: file))
            try Data(Self.listeners.utf8).write(to: URL(filePath: workspace.path("listeners.py")))
            let presets = options.contains("auto") ? [] : ["--preset", file]
            return try await workspace.run(
                ["run", "--once", "--model", "m", "--startup-timeout", "60s"] + presets + options
                    + ["--", "python3", workspace.path("listeners.py")] + words, environment: ["AT_LISTEN": listen])
        }

        /// Others of the server's processes may be ready long before: a router, a page for people.
        @Test func aPortThatIsGivenIsTheServers() async throws {
            try await withWorkspace { workspace in
                let (early, given) = (try freePort(), try freePort())
                let end = try await run(
                    workspace, preset: "", port: try freePort(), listen: "0=\(early)=200,2=\(given)=200",
                    ["--port", "\(given)"])
                #expect(end.status == 0, "\(end)")
                #expect(
                    try await workspace.notes(of: "process").contains { $0.contains("at http://127.0.0.1:\(given)/") })
            }
        }

        /// Nothing tells what the server is, or where it listens.
        @Test(arguments: [(200, "health"), (404, "")])
        func anUnknownServerIsAskedWhereItListens(status: Int, path: String) async throws {
            try await withWorkspace { workspace in
                let port = try freePort()
                try Data(Self.listeners.utf8).write(to: URL(filePath: workspace.path("listeners.py")))
                let end = try await workspace.run(
                    [
                        "run", "--once", "--model", "m", "--probe", "auto", "--startup-timeout", "60s", "--", "python3",
                        workspace.path("listeners.py"),
                    ], environment: ["AT_LISTEN": "1=\(port)=\(status)"])
                #expect(end.status == 0, "\(end)")
                let place = path.isEmpty ? "tcp://127.0.0.1:\(port)" : "http://127.0.0.1:\(port)/\(path)"
                let notes = try await workspace.notes(of: "process")
                #expect(notes.contains { $0.hasSuffix("answers at \(place)") }, "\(notes)")
                let resumed = try await workspace.run(
                    ["run", "--resume", "--once"], environment: ["AT_LISTEN": "0=\(port)=\(status)"])
                #expect(resumed.status == 0, "\(resumed)")
            }
        }

        @Test func aPortThatRefusesIsNotTheLastWord() async throws {
            try await withWorkspace { workspace in
                let (refusing, ready) = (try freePort(), try freePort())
                let end = try await run(
                    workspace, preset: "", port: try freePort(), listen: "0=\(refusing)=401,2=\(ready)=200")
                #expect(end.status == 0, "\(end)")
                #expect(
                    try await workspace.notes(of: "process").contains { $0.contains("at http://127.0.0.1:\(ready)/") })
            }
        }

        /// It may write a stack trace each time: to a request that it does not expect, or in another protocol.
        @Test(arguments: [[], ["--probe", "auto"]])
        func otherPortsOfTheServerAreLeftInPeace(options: [String]) async throws {
            try await withWorkspace { workspace in
                let ports = try (0..<3).map { _ in try freePort() }
                let end = try await run(
                    workspace, preset: "", port: try freePort(),
                    listen: "0=\(ports[0])=0,0=\(ports[1])=404,4=\(ports[2])=200", [], options)
                #expect(end.status == 0, "\(end)")
                func questions(_ port: Int) throws -> Int {
                    try String(contentsOfFile: workspace.path("\(port).asked"), encoding: .utf8).split(separator: "\n")
                        .count
                }
                // One question, and a look at what the answer means.
                let foreign = try questions(ports[0])
                #expect((1...6).contains(foreign))
                let unknown = try questions(ports[1])
                #expect((1...60).contains(unknown))
            }
        }

        @Test func aSocketWithARelativeNameIsFound() async throws {
            try await withWorkspace { workspace in
                let end = try await run(
                    workspace, preset: "", port: try freePort(), listen: "0=x.sock=200", ["--host", "x.sock"])
                #expect(end.status == 0, "\(end)")
                let notes = try await workspace.notes(of: "process")
                #expect(notes.contains { $0.contains("x.sock:/health") && !$0.contains("not known") }, "\(notes)")
            }
        }

        /// Neither what it says nor that it is there concerns a server that listens elsewhere.
        @Test(arguments: [["--port", "0"], []])
        func aStrangersWordsDoNotEndTheStart(words: [String]) async throws {
            try await withWorkspace { workspace in
                let (supposed, own) = (try freePort(), try freePort())
                try Data(Self.listeners.utf8).write(to: URL(filePath: workspace.path("stranger.py")))
                let stranger = try workspace.start(
                    "/usr/bin/env", ["python3", workspace.path("stranger.py")],
                    environment: ["AT_LISTEN": "0=\(supposed)=200={\"status\":\"FAILED\"}"])
                try await eventually("the stranger listens") {
                    try await workspace.run(
                        tool: "/usr/bin/env", ["curl", "-s", "http://127.0.0.1:\(supposed)/health"]
                    ).status == 0
                }
                let end = try await run(
                    workspace, preset: "failed_when = [\"status=FAILED\"]\nready_when = [\"status=OK\"]",
                    port: supposed, listen: "0=\(own)=200={\"status\":\"OK\"}", words)
                #expect(end.status == 0, "\(end)")
                stranger.send(SIGTERM)
            }
        }

        private func arguments(_ workspace: Workspace, _ model: String, _ options: [String]) throws -> [String] {
            try Data(Self.server.utf8).write(to: URL(filePath: workspace.path("server.py")))
            return ["run", "--model", model, "--startup-timeout", "60s"] + options
                + ["--", "python3", workspace.path("server.py")]
        }
    }

    extension Workspace {
        /// What was noted of its runs.
        fileprivate func notes(of kind: String) async throws -> [String] {
            let answer = try await run("sql", "-o", "json", "SELECT message FROM run_notes WHERE kind = '\(kind)'")
            guard answer.status == 0 else { return [] }
            return try answer.objects().compactMap { $0["message"] as? String }
        }
    }
#endif
