import Foundation
import Testing

@testable import ServerProvider

@Suite("Settings of a server")
struct ServerSettingTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/health", "http://127.0.0.1:8080/health"), ("https://host/x?y=1", "https://host/x?y=1"),
        ("tcp://localhost:9000", "tcp://localhost:9000"), ("tcp://[::1]:9000", "tcp://[::1]:9000"),
        ("exec:curl -f localhost", "exec:curl -f localhost"),
    ])
    func probesAreRead(text: String, description: String) throws {
        #expect(try ProbeTarget(text).description == description)
    }

    @Test(arguments: [
        "", "health", "/health", "localhost:8080", "ftp://host/", "http://", "http:///path", "http://host:99999/",
        "tcp://host",
        "tcp://host:0", "tcp://:80", "tcp://host:80/path", "exec:", "exec:  ", "http://ho st/",
    ])
    func whatIsNoProbeIsRefused(text: String) {
        #expect(throws: InvalidServerSetting.self) { try ProbeTarget(text) }
    }

    @Test func headersAreRead() throws {
        let header = try WarmupRequest.Header("X-Api-Key:  a: b ")
        #expect(header == WarmupRequest.Header(name: "X-Api-Key", value: "a: b"))
        for text in ["", "novalue", ": x", "a b: c", "a: b\r\nc: d", "é: x"] {
            #expect(throws: InvalidServerSetting.self) { try WarmupRequest.Header(text) }
        }
    }

    @Test func aRecordedServerIsTheSameServer() throws {
        var server = ServerConfiguration(command: ["python3", "server.py", "8080"])
        server.probe = try ProbeTarget("http://127.0.0.1:8080/health")
        server.workingDirectory = "/tmp"
        server.probeInterval = .milliseconds(120)
        server.livenessInterval = .seconds(3)
        server.failureThreshold = 7
        server.warmup = WarmupRequest(
            url: try #require(URL(string: "http://127.0.0.1:8080/infer")), body: .data(Data(#"{"a":1}"#.utf8)),
            headers: [WarmupRequest.Header(name: "Content-Type", value: "application/json")])
        #expect(try ServerConfiguration(recorded: server.recorded) == server)
    }

    @Test(arguments: ServerPreset.all.map(\.name))
    func aPresetIsRecordedToo(name: String) throws {
        let preset = try ServerPreset(name)
        let address = preset.file.address
        let flag = address.portFlags ?? address.addressFlags ?? ["--port"]
        let value = address.addressFlags == nil ? "4321" : "tcp://127.0.0.1:4321"
        let command = ["server"] + (flag.first.map { [$0, value] } ?? [])
        var server = try ServerConfiguration(command: command, preset: name, model: "a model")
        server.workingDirectory = "/tmp"
        #expect(try ServerConfiguration(recorded: server.recorded) == server)
        let port = flag.isEmpty ? preset.port : 4321
        #expect(server.probe?.description.contains("://127.0.0.1:\(port)") == true)
        #expect(server.probe?.description.contains("{model}") == false)
        if case .data(let body)? = server.warmup?.body {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: body) }
        }
    }

    /// The engine that resumes may have been started in another directory.
    @Test func theEnginesOwnDirectoryIsRecorded() throws {
        let recorded = ServerConfiguration(command: ["./server"]).recorded
        #expect(recorded["working_directory"] == FileManager.default.currentDirectoryPath)
        #expect(
            try ServerConfiguration(recorded: recorded).workingDirectory == FileManager.default.currentDirectoryPath)
        #expect(throws: InvalidServerSetting.self) {
            try ServerConfiguration(recorded: recorded.merging(["working_directory": "/nonexistent"]) { $1 })
        }
        #expect(try ServerConfiguration(recorded: ["command": "[\"s\"]"]).workingDirectory == nil)
    }

    @Test func aRelativeProgramIsLookedForInTheServersDirectory() throws {
        #expect(try ServerCommand.executable(["./sh"], in: "/bin") == "./sh")
        #expect(throws: InvalidServerSetting.self) { try ServerCommand.executable(["./sh"], in: "/") }
    }

    @Test func aRecordWithSecretsLeftOutStartsNothing() throws {
        var server = ServerConfiguration(command: ["server", "--api-key", "hunter2"])
        #expect(throws: InvalidServerSetting.self) { try ServerConfiguration(recorded: server.recorded) }
        server.command = ["server"]
        server.warmup = WarmupRequest(
            url: try #require(URL(string: "http://127.0.0.1/")),
            headers: [WarmupRequest.Header(name: "Authorization", value: "Bearer hunter2")])
        #expect(!server.recorded.description.contains("hunter2"))
        #expect(throws: InvalidServerSetting.self) { try ServerConfiguration(recorded: server.recorded) }
        #expect(throws: InvalidServerSetting.self) { try ServerConfiguration(recorded: [:]) }
    }

    @Test func commandsAreLookedFor() throws {
        #expect(try ServerCommand.executable(["sh"]).hasSuffix("/sh"))
        for command in [[], [""], ["/nonexistent"], ["no-such-program-anywhere"], ["/tmp"], ["/etc/passwd"]] {
            #expect(throws: InvalidServerSetting.self) { try ServerCommand.executable(command) }
        }
    }

    /// In whisper-server `-p` is the number of processors.
    @Test func onlyAFlagThatMeansThePortNamesIt() throws {
        let server = try ServerConfiguration(
            command: ["whisper-server", "-p", "2", "-m", "base.bin"], preset: "whisper-server", model: "base")
        #expect(server.probe?.description == "http://127.0.0.1:8080/health")
    }

    @Test(arguments: ["nan", "inf", "1e300", "-1e300"]) func aDamagedRecordHasDefaults(number: String) throws {
        var recorded = ServerConfiguration(command: ["server"]).recorded
        recorded["probe_interval_ms"] = number
        #expect(
            try ServerConfiguration(recorded: recorded).probeInterval == ServerConfiguration(command: []).probeInterval)
    }
}
