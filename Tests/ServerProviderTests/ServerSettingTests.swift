import Foundation
import ModelLifecycle
import Testing

@testable import ServerProvider

@Suite("Settings of a server")
struct ServerSettingTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/health", "http://127.0.0.1:8080/health"), ("https://host/x?y=1", "https://host/x?y=1"),
        ("tcp://localhost:9000", "tcp://localhost:9000"), ("tcp://[::1]:9000", "tcp://[::1]:9000"),
        ("exec:curl -f localhost", "exec:curl -f localhost"), ("ws://host/asr?x=1", "ws://host/asr?x=1"),
        ("wss://[::1]:9/", "wss://[::1]:9/"), ("wyoming://localhost:10300", "wyoming://localhost:10300"),
        ("unix:/run/m.sock:/health?x=1", "unix:/run/m.sock:/health?x=1"), ("unix:m:1.sock:/", "unix:m:1.sock:/"),
    ])
    func probesAreRead(text: String, description: String) throws {
        #expect(try ProbeTarget(text).description == description)
    }

    @Test(arguments: [
        "", "health", "/health", "localhost:8080", "ftp://host/", "http://", "http:///path", "http://host:99999/",
        "tcp://host",
        "tcp://host:0", "tcp://:80", "tcp://host:80/path", "exec:", "exec:  ", "http://ho st/",
        "unix:", "unix:/run/m.sock", "unix::/health", "unix:/run/m.sock:health", "unix:/m:/a b", "unix:/m:/a#b",
        "ws://", "ws:///x", "wss://host:0/", "wyoming://host", "wyoming://host:1/x", "wyoming://:1",
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

    @Test func aMovedProbeAsksTheSame() throws {
        for (probe, host, port, moved) in [
            ("http://127.0.0.1:8080/health?x=1", "::1", 9, "http://[::1]:9/health?x=1"),
            ("https://host/x", "127.0.0.1", 9, "https://127.0.0.1:9/x"), ("tcp://a:1", "::1", 9, "tcp://[::1]:9"),
            ("wss://a/asr", "b", 443, "wss://b:443/asr"), ("wyoming://a:1", "b", 9, "wyoming://b:9"),
            ("unix:/m.sock:/health", "b", 9, nil), ("exec:true", "b", 9, nil),
        ] as [(String, String, Int, String?)] {
            let target = try ProbeTarget(probe).moved(toHost: host, port: port)
            #expect(target?.description == moved)
            if let target {
                #expect(target.address?.host == host && target.address?.port == port)
                #expect(try ProbeTarget(target.description) == target)
            }
        }
        for (probe, port) in [("ws://h/", 80), ("wss://h/", 443), ("http://h/", 80), ("wyoming://h:7", 7)] {
            #expect(try ProbeTarget(probe).address?.port == port)
        }
        #expect(try ProbeTarget("unix:/m.sock:/").address == nil && ProbeTarget("unix:/m.sock:/").isOverNetwork)
    }

    @Test func aProberOfAnotherTargetHasTheSameSettings() throws {
        let server = ServerConfiguration(command: ["s"], probe: try ProbeTarget("tcp://127.0.0.1:1"))
        let http = HTTPExchange()
        #expect(server.prober(http: http)?.question == "tcp://127.0.0.1:1")
        #expect(server.prober(http: http, at: try ProbeTarget("ws://h:2/x"))?.question == "GET ws://h:2/x")
        #expect(server.prober(http: http, at: try ProbeTarget("unix:/s:/x"))?.question == "GET unix:/s:/x")
        let none = ServerConfiguration(command: ["s"])
        #expect(none.prober(http: http) == nil)
        #expect(none.prober(http: http, at: try ProbeTarget("tcp://127.0.0.1:1")) != nil)
        Task { await http.shutDown() }
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
        server.probeHeaders = [RequestHeader(name: "Accept", value: "text/plain")]
        server.probeMethod = "PUT"
        server.probeBody = Data("{}".utf8)
        server.readyWhen = try [AnswerCondition("a.\"b|c\"=\"x|y\"|z"), AnswerCondition("http=200|204")]
        server.failedWhen = [try AnswerCondition("body~failed")]
        server.aliveWhen = [try AnswerCondition("w[*].s=R")]
        server.readySuccesses = 3
        #expect(try ServerConfiguration(recorded: server.recorded) == server)
        server.probe = try ProbeTarget("https://127.0.0.1/")
        server.probeIsInsecure = true
        #expect(server.recorded["probe_insecure"] == "true")
        #expect(try ServerConfiguration(recorded: server.recorded) == server)
    }

    /// The one condition of the first journals.
    @Test func anOlderRecordsConditionIsRead() throws {
        let old = ["command": "[\"s\"]", "probe": "http://h/ping", "readiness": "status=Healthy"]
        #expect(try ServerConfiguration(recorded: old).readyWhen == [AnswerCondition("status=Healthy")])
    }

    @Test(arguments: [
        ("ready_when", "[\"status\"]"), ("ready_when", "status=READY"), ("failed_when", "[1]"),
        ("alive_when", "[\"=x\"]"), ("readiness", "status"), ("ready_successes", "0"), ("ready_successes", "101"),
        ("ready_successes", "many"), ("probe_headers", "[\"x\"]"), ("probe_method", "A B"),
        ("probe_body_file", "/nowhere.json"), ("probe_ca", "/nowhere.pem"), ("probe_insecure", "no"),
    ])
    func aDamagedRecordOfAProbeStartsNothing(key: String, value: String) throws {
        var recorded = ["command": "[\"s\"]", "probe": "https://h/"]
        #expect(throws: Never.self) { try ServerConfiguration(recorded: recorded) }
        recorded[key] = value
        #expect(throws: InvalidServerSetting.self) { try ServerConfiguration(recorded: recorded) }
    }

    @Test func aProbesSecretsAreKnownAndNotRecorded() throws {
        var server = ServerConfiguration(command: ["s"], probe: try ProbeTarget("http://h/"))
        server.probeHeaders = [
            RequestHeader(name: "Authorization", value: "Bearer hunter2hunter2"),
            RequestHeader(name: "X", value: "y-value"),
            RequestHeader(name: "Accept", value: "text/plain"),
        ]
        server.probeBody = Data(#"{"api_key":"hunter3hunter3"}"#.utf8)
        let recorded = server.recorded
        #expect(!recorded.description.contains("hunter") && !recorded.description.contains("y-value"))
        #expect(
            recorded["probe_headers"]
                == #"["Authorization: [redacted]","X: [redacted]","Accept: text/plain"]"#)
        #expect(throws: InvalidServerSetting.self) { try ServerConfiguration(recorded: recorded) }
        let answer = "it got hunter2hunter2 and hunter3hunter3"
        #expect(server.secrets(inheriting: [:]).removed(from: answer) == "it got [redacted] and [redacted]")
    }

    /// The probe, a setting that does not fit it, and the option that is named.
    @Test func whatDoesNotFitTheProbeIsRefused() throws {
        let condition = try AnswerCondition("status=READY")
        let settings: [(String, (inout ServerConfiguration) -> Void)] = [
            ("--probe-method", { $0.probeMethod = "PUT" }), ("--probe-body", { $0.probeBody = Data() }),
            ("--probe-header", { $0.probeHeaders = [RequestHeader(name: "a", value: "b")] }),
            ("--ready-when", { $0.readyWhen = [condition] }), ("--failed-when", { $0.failedWhen = [condition] }),
            ("--alive-when", { $0.aliveWhen = [condition] }), ("--probe-ca", { $0.probeCertificates = "/x.pem" }),
            ("--probe-insecure", { $0.probeIsInsecure = true }),
        ]
        let fitting: [String: Set<String>] = [
            "http://h/": [
                "--probe-method", "--probe-body", "--probe-header", "--ready-when", "--failed-when", "--alive-when",
            ],
            "unix:/m:/": [
                "--probe-method", "--probe-body", "--probe-header", "--ready-when", "--failed-when", "--alive-when",
            ],
            "tcp://h:1": [], "ws://h/": ["--probe-header"], "wss://h/": ["--probe-header", "--probe-insecure"],
            "wyoming://h:1": ["--ready-when", "--failed-when", "--alive-when"], "exec:true": [], "": [],
        ]
        for (probe, fits) in fitting {
            for (option, change) in settings {
                var server = ServerConfiguration(command: ["s"])
                if !probe.isEmpty { server.probe = try ProbeTarget(probe) }
                change(&server)
                do {
                    try server.checkProbe()
                    #expect(fits.contains(option), "\(probe) \(option)")
                } catch let error as InvalidServerSetting {
                    // The option fits, and its file is not there.
                    if error.isMissingFile {
                        #expect(probe == "wss://h/" && option == "--probe-ca")
                    } else {
                        #expect(!fits.contains(option) && error.description.hasPrefix(option), "\(probe): \(error)")
                    }
                }
            }
        }
        var wyoming = ServerConfiguration(command: ["s"], probe: try ProbeTarget("wyoming://h:1"))
        wyoming.aliveWhen = [try AnswerCondition("http=200")]
        #expect(throws: InvalidServerSetting.self) { try wyoming.checkProbe() }
        var both = ServerConfiguration(command: ["s"], probe: try ProbeTarget("https://h/"))
        (both.probeCertificates, both.probeIsInsecure) = ("/etc/passwd", true)
        #expect(throws: InvalidServerSetting.self) { try both.checkProbe() }
        both.probeIsInsecure = false
        let error = #expect(throws: InvalidServerSetting.self) { try both.checkProbe() }
        #expect(error?.description == "/etc/passwd has no certificate in PEM format")
    }

    @Test func methodsAreRead() throws {
        #expect(try ServerConfiguration.method("post") == "POST")
        for text in ["", "A B", "CONNECT", "GET\r\n"] {
            #expect(throws: InvalidServerSetting.self) { try ServerConfiguration.method(text) }
        }
    }

    @Test(arguments: ServerPreset.all.map(\.name))
    func aPresetIsRecordedToo(name: String) throws {
        var server = try ServerConfiguration(command: ["server", "--port", "4321"], preset: name, model: "a model")
        server.workingDirectory = "/tmp"
        #expect(try ServerConfiguration(recorded: server.recorded) == server)
        #expect(server.probe?.description.hasPrefix("http://127.0.0.1:4321/") == true)
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
