#if os(Linux)
    import Foundation
    import TestSupport
    import Testing

    /// How much of its model a server has read, and what does not count as a stall.
    @Suite(.turn(of: "CommandLineTests")) struct LoadProgressTests {
        /// It reads 60 % of the model, and the rest once it is let.
        private static let server = """
            import http.server, os, signal, sys, threading, time
            class H(http.server.BaseHTTPRequestHandler):
                def do_GET(self): self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
                def log_message(self, *x): pass
            threading.Timer(120, lambda: os._exit(0)).start()
            open(os.environ["AT_GATE"] + ".begun", "w").close()
            if os.environ.get("AT_STOP"): os.kill(os.getpid(), signal.SIGSTOP)
            else: time.sleep(1.5)
            with open(sys.argv[1], "rb") as file:
                size = os.path.getsize(sys.argv[1])
                while file.tell() < size * 0.6: file.read(1 << 20)
                while not os.path.exists(os.environ["AT_GATE"]): time.sleep(0.05)
                while file.read(1 << 20): pass
            http.server.HTTPServer(("127.0.0.1", int(os.environ["AT_PORT"])), H).serve_forever()
            """

        @Test func statusTellsHowMuchIsRead() async throws {
            try await withWorkspace { workspace in
                let (run, gate) = try start(workspace, [])
                try await eventually("status tells how much is read") {
                    let answer = try await workspace.run("status", "-o", "json")
                    // There is no journal yet.
                    guard !answer.output.isEmpty else { return false }
                    guard let activity = try answer.objects().first?["activity"] as? String else { return false }
                    return activity.contains(/^about [67]\d % of the model's 0\.3 GB read$/)
                }
                let text = try await workspace.run("status").output
                #expect(text.contains(" % of the model's 0.3 GB read"), "\(text)")
                #expect(FileManager.default.createFile(atPath: gate, contents: nil))
                let end = try await run.finished()
                #expect(end.status == 0, "\(end)")
                let after = try await workspace.run("status", "-o", "json")
                #expect(try after.objects().first?["activity"] is NSNull, "\(after)")
            }
        }

        /// Its processes cannot do anything then, and the stall timeout is shorter than the pause.
        @Test func aServerThatIsStoppedDoesNotStall() async throws {
            try await withWorkspace { workspace in
                let (run, gate) = try start(workspace, ["--load-stall-timeout", "3s"], stops: true)
                #expect(FileManager.default.createFile(atPath: gate, contents: nil))
                try await eventually("the server runs") { FileManager.default.fileExists(atPath: gate + ".begun") }
                let row = try #require(
                    try await workspace.run("sql", "-o", "json", "SELECT max(server_pid) AS pid FROM run_notes")
                        .objects()
                        .first)
                let pid = pid_t(try #require(row["pid"] as? Int))
                // As long as it takes is what is tested: more than the timeout.
                try await Task.sleep(for: .seconds(5))
                #expect(try await workspace.run("status", "-o", "json").output.contains("\"LOADING\""))
                kill(pid, SIGCONT)
                let end = try await run.finished()
                #expect(end.status == 0, "\(end)")
            }
        }

        private func start(
            _ workspace: Workspace, _ options: [String], stops: Bool = false
        ) throws -> (run: RunningProgram, gate: String) {
            let (model, gate) = (workspace.path("model.bin"), workspace.path("gate"))
            #expect(FileManager.default.createFile(atPath: model, contents: nil))
            // A hole of 300 MB takes no room on the disk.
            try #require(truncate(model, 300_000_000) == 0)
            try Data(Self.server.utf8).write(to: URL(filePath: workspace.path("server.py")))
            let port = try freePort()
            let run = try workspace.start(
                ["run", "--once", "--model", "m", "--model-path", model, "--probe", "http://127.0.0.1:\(port)/"]
                    + options + ["--", "python3", workspace.path("server.py"), model],
                environment: ["AT_PORT": "\(port)", "AT_GATE": gate, "AT_STOP": stops ? "1" : nil])
            return (run, gate)
        }
    }
#endif
