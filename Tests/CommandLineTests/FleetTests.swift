import Foundation
import TestSupport
import Testing

/// `ship` and `--fleet`, as processes, with a real store.
@Suite(
    .enabled("clickhouse-server is not there: tools/test unpacks it") { ClickHouseServer.folder != nil },
    .turn(of: "CommandLineTests"))
struct FleetTests {
    private static let password = "s3cret'word"

    /// A server that wants a password, with a database for each caller.
    private func withFleet(
        _ body: (Workspace, _ url: String, _ environment: [String: String?], ClickHouseServer) async throws -> Void
    ) async throws {
        let server = try ClickHouseServer(ports: ClickHouseServer.Ports(), password: Self.password)
        try await server.start()
        defer { server.end() }
        try await withWorkspace { workspace in
            let database = try await HTTP.send(
                "POST", "\(server.url)/?password=s3cret%27word", Data("CREATE DATABASE fleet".utf8))
            #expect(database.status == 200, "\(database)")
            try await body(workspace, "\(server.url)/fleet", ["MODELJOURNAL_FLEET_PASSWORD": Self.password], server)
        }
    }

    @Test func theSameOutputFromTheStore() async throws {
        try await withFleet { workspace, url, environment, _ in
            try await workspace.seed([
                .unloaded(), .failed(), .unloaded(load: .seconds(2)), .failed("other"), .unloaded("日本語"),
            ])
            let shipped = try await workspace.run(["ship", "--to", url, "--prepare"], environment: environment)
            #expect(shipped.status == 0 && shipped.errors.hasSuffix("transitions shipped to \(url)\n"), "\(shipped)")
            #expect(shipped.output.isEmpty)
            for arguments in [
                ["runs"], ["runs", "-o", "json"], ["runs", "-o", "csv", "-n", "2"], ["runs", "--grep", "no"],
                ["history"], ["history", "-o", "ndjson", "-r"], ["history", "-n", "3"],
                ["history", "--outcome", "failed"],
                ["stats"], ["stats", "-o", "json", "--by", "version"], ["stats", "--by", "host"],
                ["stats", "--by", "day", "-o", "json"], ["show", "-2"], ["show", "-1", "-o", "json"],
                ["postmortem"], ["postmortem", "-o", "json"], ["postmortem", "-o", "html"],
                ["postmortem", "--model", "other"], ["postmortem", "--model", "日本語"],
                ["plot", "timeline", "-3"], ["plot", "latency"], ["plot", "distribution"],
                ["plot", "compare", "-3", "-5"], ["status", "-o", "csv"], ["runs", "--model", "other", "--utc"],
                ["stats", "--since", "-1h", "--model", "en-us"],
            ] {
                let here = try await workspace.run(arguments)
                let there = try await workspace.run(arguments + ["--fleet", url], environment: environment)
                #expect(there.status == here.status, "\(arguments): \(there)")
                func plain(_ text: String) -> String {
                    // The time that has passed since, and which journal it was.
                    // Commands to paste go to the store again.
                    text.replacing(" --fleet \(url)", with: "")
                        .replacing(/[0-9.]+(?=,[0-9.]*,[0-9.]*,)/, with: "N").replacing(url, with: workspace.journal)
                }
                #expect(plain(there.output) == plain(here.output), "\(arguments)")
                #expect(plain(there.errors) == plain(here.errors), "\(arguments)")
            }
            let status = try await workspace.run(["status", "--fleet", url], environment: environment)
            #expect(status.status == 1 && status.output.contains("HOST"), "\(status)")
        }
    }

    /// The store's client ignores SIGPIPE for the whole process.
    @Test func aReaderThatHasSeenEnoughEndsAQueryOfTheStoreToo() async throws {
        try await withFleet { workspace, url, environment, _ in
            try await workspace.seed([.unloaded(), .failed()])
            let shipped = try await workspace.run(["ship", "--to", url, "--prepare"], environment: environment)
            #expect(shipped.status == 0, "\(shipped)")
            for arguments in [["history"], ["history", "-o", "json"], ["plot", "timeline"]] {
                let pipe = Pipe()
                try pipe.fileHandleForReading.close()
                let finished = try await workspace.start(
                    arguments + ["--fleet", url], environment: environment, output: pipe.fileHandleForWriting
                ).finished()
                #expect(finished.status == 128 + SIGPIPE && finished.errors.isEmpty, "\(arguments): \(finished)")
            }
        }
    }

    @Test func whatIsWrongIsSaidInOneLine() async throws {
        try await withFleet { workspace, url, environment, server in
            try await workspace.seed(.unloaded())
            var wrong = environment
            wrong["MODELJOURNAL_FLEET_PASSWORD"] = "wr0ng-word"
            for (arguments, environment, status, words) in [
                (["ship", "--to", url], environment, 69, "ship --prepare"),
                (["runs", "--fleet", url], environment, 69, "ship --prepare"),
                (["ship", "--to", url], wrong, 77, "password"), (["stats", "--fleet", url], wrong, 77, "password"),
                (["ship", "--to", "http://user:x@h/db"], environment, 64, "MODELJOURNAL_FLEET_PASSWORD"),
                (["ship", "--to", "h/db"], environment, 64, "http://HOST:PORT/DATABASE"),
                (["stats", "--fleet", "http://h"], environment, 64, "http://HOST:PORT/DATABASE"),
                (["runs", "--fleet", url, "--journal", workspace.journal], environment, 64, "exclude each other"),
                (["history", "-f", "--fleet", url], environment, 64, "--follow"),
                (["runs", "--fleet", "http://127.0.0.1:1/db"], environment, 69, "nobody listens"),
                (["ship", "--to", url, "--cluster", "c"], environment, 64, "--prepare"),
                (["ship", "--to", url, "--journal", workspace.path("none")], environment, 66, "no such journal"),
            ] as [([String], [String: String?], Int32, String)] {
                let run = try await workspace.run(arguments, environment: environment)
                #expect(run.status == status && run.output.isEmpty, "\(arguments): \(run)")
                #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(arguments): \(run)")
                #expect(
                    !run.errors.contains("word-") && !run.errors.contains("wr0ng") && !run.errors.contains("s3cret"))
            }
            // From a file, whose last line may end; of which nothing is shown.
            let file = workspace.path("password")
            try Data((Self.password + "\n").utf8).write(to: URL(filePath: file))
            let ship = try await workspace.run(
                ["ship", "--to", url, "--prepare", "--log-level", "trace"],
                environment: ["MODELJOURNAL_FLEET_PASSWORD_FILE": file])
            #expect(ship.status == 0 && !ship.errors.contains("s3cret"), "\(ship)")
            let missing = try await workspace.run(
                ["ship", "--to", url], environment: ["MODELJOURNAL_FLEET_PASSWORD_FILE": "/nonexistent"])
            #expect(missing.status == 64 && missing.errorLines.count == 1, "\(missing)")
            // A cursor is kept for the address, and no secret with it.
            let cursors = try await workspace.run("sql", "SELECT store FROM shipment", "-o", "ndjson")
            #expect(
                cursors.output.contains("127.0.0.1:\(server.ports.http)/fleet\"") && !cursors.output.contains("s3cret"))
            for password in ["hunter2\u{1}", "hunter2\nhunter3"] {
                let run = try await workspace.run(
                    ["stats", "--fleet", url], environment: ["MODELJOURNAL_FLEET_PASSWORD": password])
                #expect(run.status == 64 && !run.errors.contains("hunter"), "\(run)")
            }
            let ended = try await workspace.run(
                ["stats", "--fleet", url], environment: ["MODELJOURNAL_FLEET_PASSWORD": Self.password + "\n"])
            #expect(ended.status == 0, "\(ended)")
            let unknown = try await workspace.run("ship", "--to", "http://127.0.0.1:2/other", "--forget")
            #expect(unknown.status == 64 && unknown.errors.contains("is not shipped to"), "\(unknown)")
            #expect(try await workspace.run("ship", "--to", url, "--forget").status == 0)
            let prune = try await workspace.run("prune", "--before", "2099-01-01")
            #expect(prune.status == 0 && prune.errors.isEmpty, "\(prune)")
        }
    }

    @Test func aCopyThatWentItsOwnWayIsRefused() async throws {
        try await withFleet { workspace, url, environment, _ in
            try await workspace.seed(.unloaded())
            #expect(try await workspace.run(["ship", "--to", url, "--prepare"], environment: environment).status == 0)
            let copy = workspace.path("copy.sqlite")
            #expect(try await workspace.run("backup", copy).status == 0)
            try await workspace.seed(.failed())
            #expect(try await workspace.run(["ship", "--to", url], environment: environment).status == 0)
            let refused = try await workspace.run(["ship", "--to", url, "--journal", copy], environment: environment)
            #expect(refused.status == 65 && refused.errors.contains("nothing was shipped"), "\(refused)")
            let prune = try await workspace.run("verify", "--journal", copy)
            #expect(prune.status == 0, "\(prune)")
        }
    }

    /// Killed while it follows, and started again: nothing is lost and nothing is there twice.
    @Test func aShipperThatIsKilledGoesOn() async throws {
        try await withFleet { workspace, url, environment, _ in
            try await workspace.seed(.unloaded())
            #expect(try await workspace.run(["ship", "--to", url, "--prepare"], environment: environment).status == 0)
            for _ in 0..<3 {
                let shipper = try workspace.start(["ship", "--to", url, "--follow"], environment: environment)
                try await workspace.seed([.unloaded(), .failed()])
                let runs = try await workspace.run("runs", "-o", "json").output
                try await eventually("it is shipped") {
                    try await workspace.run(["runs", "-o", "json", "--fleet", url], environment: environment).output
                        == runs
                }
                shipper.send(SIGKILL)
                _ = try await shipper.finished()
            }
            let shipper = try workspace.start(["ship", "--to", url, "--follow"], environment: environment)
            try await workspace.seed(.unloaded("last"))
            let here = try await workspace.run("history", "-o", "ndjson").output
            // A signal would leave for the next time what is not yet under way.
            try await eventually("all of it is shipped") {
                try await workspace.run(["history", "-o", "ndjson", "--fleet", url], environment: environment).output
                    == here
            }
            shipper.send(SIGTERM)
            let finished = try await shipper.finished()
            #expect(finished.status == 0 && finished.errors.contains("shipped to"), "\(finished)")
        }
    }

    /// Whoever asks for all of it has to learn that it is not all there.
    @Test func oneThatIsStoppedSaysThatSomethingIsLeft() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            for (options, status) in [([], 75), (["--follow"], 0)] as [([String], Int32)] {
                let shipper = try workspace.start(["ship", "--to", "http://127.0.0.1:1/fleet"] + options)
                try await eventually("nobody is there") { shipper.standardError.text.contains("trying again") }
                shipper.send(SIGTERM)
                let finished = try await shipper.finished()
                #expect(finished.status == status && finished.output.isEmpty, "\(finished)")
                #expect(
                    (finished.errorLines.last ?? "").contains("still to be shipped") == (status != 0), "\(finished)")
            }
        }
    }

    /// A certificate that nobody vouches for is refused, before anything is sent.
    @Test func aServerThatCannotProveItselfIsRefused() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let made = try await workspace.run(
                tool: "/usr/bin/env",
                [
                    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", workspace.path("key.pem"), "-out", workspace.path("certificate.pem"),
                ])
            #expect(made.status == 0, "\(made)")
            let port = try freePort()
            let server = try workspace.start(
                "/usr/bin/env",
                [
                    "openssl", "s_server", "-www", "-accept", "127.0.0.1:\(port)", "-key", workspace.path("key.pem"),
                    "-cert",
                    workspace.path("certificate.pem"),
                ])
            try await eventually("openssl listens") { server.standardOutput.text.contains("ACCEPT") }
            let run = try await workspace.run(
                ["stats", "--fleet", "https://localhost:\(port)/fleet"],
                environment: ["MODELJOURNAL_FLEET_PASSWORD": "s3cret"])
            #expect(run.status == 69 && run.errorLines.count == 1, "\(run)")
            #expect(run.errors.contains("certificate"), "\(run)")
            #expect(!server.standardOutput.text.contains("POST") && !server.standardOutput.text.contains("s3cret"))
            server.send(SIGKILL)
            _ = try await server.finished()
        }
    }
}
