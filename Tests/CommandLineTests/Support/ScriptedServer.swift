import Foundation
import TestSupport

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ServerProvider

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A place for `scripted-server` under the program under test, and how a test finds it there.
struct ScriptedServer: Sendable {
    static let path = URL(filePath: Program.path).deletingLastPathComponent().appending(path: "scripted-server").path

    let port: Int
    /// In the environment of every process of this one's run, the program's own included.
    let mark = "MODELJOURNAL_TEST_MARK=\(UUID().uuidString)"

    init() throws { port = try freePort() }

    var environment: [String: String?] {
        let parts = mark.split(separator: "=").map(String.init)
        return [parts[0]: parts[1]]
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The command line that supervises it.
    /// - Parameters:
    ///   - options: of `run`; they replace those that stand here.
    ///   - executable: what is started in its place, with the same arguments.
    func arguments(_ options: [String] = [], flags: [String], executable: String = Self.path) -> [String] {
        [
            "run", "--model", "m", "--startup-timeout", "60s", "--stop-timeout", "1s", "--probe-interval", "20ms",
            "--probe", url("/health"),
        ] + options + ["--", executable, "--port", "\(port)"] + flags
    }

    /// What makes the program warm it.
    var warmup: [String] { ["--warmup-url", url("/infer"), "--warmup-body", "{}"] }

    /// Asks it for something, now.
    func ask(_ path: String) async throws -> String {
        let http = HTTPExchange()
        var configuration = ServerConfiguration(command: [], probe: try ProbeTarget(url(path)))
        configuration.probeTimeout = .seconds(60)
        let answer = await configuration.prober(http: http)?.ask().summary
        await http.shutDown()
        return answer ?? ""
    }

    /// All processes of its run. A zombie is none.
    var processes: Set<Int32> { ProcessTable.processes(marked: [mark]) }

    /// The servers themselves, not what stands between them and the engine.
    var servers: Set<Int32> {
        processes.filter { pid in
            let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
            return name == "scripted-server\n"
        }
    }
}

/// What `postmortem -o json` says, as far as these tests look.
struct PostmortemAnswer: Decodable {
    struct Evidence: Decodable {
        var oomKill: String?
        var lastProbe: String?
        var outputTail: String?
        var droppedOutputBytes: Int?
        var probeTarget: String?
        var probeStatus: Int?
        var probeRepeats: Int?
        var probeLocation: String?
        var answer: String?
        var listening: [String]?
        var portHolderPid: Int32?
        var portHolderProgram: String?
    }

    var reason: String?
    var failedPhase: String?
    var cause: String
    var evidence: Evidence?
}

extension Workspace {
    func postmortem() async throws -> PostmortemAnswer { try await run("postmortem", "-o", "json").decoded() }

    /// A program of the test's own.
    func script(_ name: String, _ text: String, mode: Int = 0o755) throws -> String {
        let file = path(name)
        try Data(text.utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}
