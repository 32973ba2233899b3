import Foundation
import JournalReports
import LifecycleJournal
import ModelLifecycle
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What systemd hears under `Type=notify`, on a socket as systemd has it.
@Suite(.turn(of: "CommandLineTests, alone")) struct ServiceManagerTests {
    @Test(arguments: [false, true]) func startedMeansReady(isAbstract: Bool) async throws {
        #if !os(Linux)
            if isAbstract { return }
        #endif
        try await withWorkspace { workspace in
            let socket = try NotifySocket(isAbstract ? "@modeljournal-\(UUID().uuidString)" : workspace.path("notify"))
            let server = try ScriptedServer()
            let run = try workspace.start(
                server.arguments(server.warmup, flags: ["--unready-for", "1s"]),
                environment: server.environment.merging(
                    ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "2000000"]) { $1 })
            var heard: [String] = []
            var stateAtReady = ""
            while !heard.contains("READY=1") {
                heard += try await socket.receive(from: run)
                if heard.contains("READY=1") { stateAtReady = try workspace.transitions().last?.to.text ?? "" }
            }
            #expect(stateAtReady == "READY")
            let ready = try #require(heard.firstIndex(of: "READY=1"))
            let before = heard[..<ready]
            #expect(before.contains("STATUS=m: LOADING"), "\(heard)")
            #expect(before.contains("EXTEND_TIMEOUT_USEC=15000000"), "\(heard)")
            #expect(before.contains("WATCHDOG=1"), "\(heard)")
            // It goes on being alive.
            heard = []
            while heard.count(where: { $0 == "WATCHDOG=1" }) < 2 { heard += try await socket.receive(from: run) }
            #expect(!heard.contains("READY=1"))
            run.send(SIGTERM)
            while !heard.contains("STOPPING=1") { heard += try await socket.receive(from: run) }
            #expect(try await run.finished().status == 0)
        }
    }

    /// The name of a failure, and no text that may hold a secret.
    @Test func whyItIsNotStartedIsSaid() async throws {
        try await withWorkspace { workspace in
            let socket = try NotifySocket(workspace.path("notify"))
            let server = try ScriptedServer()
            let run = try workspace.start(
                server.arguments(["--max-retries", "5", "--retry-backoff", "60s"], flags: ["--exit", "3"]),
                environment: server.environment.merging(["NOTIFY_SOCKET": socket.name]) { $1 })
            var heard: [String] = []
            while !heard.contains("STATUS=m: ERROR (ProcessExited)") { heard += try await socket.receive(from: run) }
            #expect(!heard.contains("READY=1") && !heard.contains("WATCHDOG=1"))
            run.send(SIGTERM)
            _ = try await run.finished()
        }
    }

    /// Nobody there, or not what it should be: the model is no worse for it.
    @Test(arguments: ["/nonexistent/socket", "relative", "", "/" + String(repeating: "x", count: 300), "@"])
    func aManagerThatIsNotThereIsNoReasonToFail(name: String) async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(["--once"], flags: []),
                environment: server.environment.merging(["NOTIFY_SOCKET": name]) { $1 })
            #expect(run.status == 0, "\(run)")
        }
    }

    @Test(.enabled(if: Installation.find("systemd-analyze") != nil, "needs systemd-analyze"))
    func systemdUnderstandsTheUnit() async throws {
        try await withWorkspace { workspace in
            let unit = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "tools/systemd/modeljournal.service")
            // The program need not be installed for that.
            let copy = workspace.path("modeljournal.service")
            let text = try String(contentsOf: unit, encoding: .utf8).replacing(
                "/usr/local/bin/modeljournal", with: "/bin/true")
            try Data(text.utf8).write(to: URL(filePath: copy))
            let check = try await workspace.run(
                tool: try #require(Installation.find("systemd-analyze")), ["verify", "--man=no", copy])
            #expect(!check.errors.contains("modeljournal.service"), "\(check)")
        }
    }
}

/// A socket that hears what services say of themselves.
private final class NotifySocket: Sendable {
    let name: String
    private let descriptor: Int32

    init(_ name: String) throws {
        self.name = name
        #if canImport(Glibc)
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        #else
            descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(name.utf8)
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.count } ?? 0
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(size)) }
        }
        guard code == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        var patience = timeval(tv_sec: 180, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The lines of the next datagram.
    /// - Parameter program: what it says where it says nothing here.
    func receive(from program: RunningProgram) async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [self] in
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else {
                    return continuation.resume(
                        throwing: NeverHappened(
                            "nothing was said for three minutes: \(program.standardError.text)"))
                }
                continuation.resume(
                    returning: String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
                )
            }
        }
    }
}
