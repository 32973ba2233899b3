import Foundation
import ModelLifecycle
import Synchronization
import TestSupport
import Testing

@testable import ServerProvider

/// Against servers that see what is sent.
@Suite("Probes over HTTP", .serialized, .turn(of: "ServerProviderTests"))
struct HTTPProbeTests {
    @Test func aProbeSendsItsMethodHeadersAndBody() async throws {
        let server = try await PathServer { _ in PathServer.Answer() }
        let answer = try await ask("http://127.0.0.1:\(server.port)/v2/repository/index?x=1") {
            $0.probeHeaders = [RequestHeader(name: "Authorization", value: "Bearer hunter2hunter2")]
            $0.probeBody = Data("{}".utf8)
        }
        #expect(answer.isReady && answer.isAlive && answer.failure == nil)
        #expect(answer.summary == "POST http://127.0.0.1:\(server.port)/v2/repository/index?x=1 answered 200")
        _ = try await ask("http://127.0.0.1:\(server.port)/") { $0.probeMethod = "HEAD" }
        _ = try await ask("http://127.0.0.1:\(server.port)/") {
            $0.probeMethod = "PUT"
            $0.probeBody = Data("x".utf8)
            $0.probeHeaders = [RequestHeader(name: "content-type", value: "text/plain")]
        }
        let requests = server.requests
        #expect(requests.map(\.method) == ["POST", "HEAD", "PUT"] && requests.map(\.body) == ["{}", "", "x"])
        #expect(requests[0].headers["authorization"] == "Bearer hunter2hunter2")
        #expect(requests.map { $0.headers["content-type"] } == ["application/json", nil, "text/plain"])
        await server.stop()
    }

    @Test func theConditionsOfAConfigurationDecide() async throws {
        let server = try await PathServer { request in
            PathServer.Answer(status: 503, body: #"{"status":"\#(request.uri.dropFirst())","message":"no weights"}"#)
        }
        let address = "http://127.0.0.1:\(server.port)"
        func ask(_ status: String) async throws -> ProbeAnswer {
            try await self.ask("\(address)/\(status)") {
                $0.readyWhen = try [AnswerCondition("status=READY"), AnswerCondition("http=503")]
                $0.failedWhen = [try AnswerCondition("status=FAILED")]
                $0.aliveWhen = try [AnswerCondition("http=503"), AnswerCondition("status=READY|BUSY")]
            }
        }
        let ready = try await ask("READY")
        #expect(ready.isReady && ready.isAlive && ready.line == "GET \(address)/READY answered 503")
        let busy = try await ask("BUSY")
        #expect(!busy.isReady && busy.isAlive && busy.failure == nil)
        #expect(busy.line == "GET \(address)/BUSY answered 503, but status is BUSY, not READY: no weights")
        let failed = try await ask("FAILED")
        #expect(!failed.isReady && !failed.isAlive && failed.failure == "no weights")
        #expect(failed.line == "GET \(address)/FAILED answered 503, and status is FAILED: no weights")
        await server.stop()
    }

    // MARK: - Redirects

    @Test(arguments: ["/health/?a=b", "health/?a=b", "http://127.0.0.1:PORT/health/?a=b#top"])
    func theFirstRedirectToTheSameServerIsFollowed(location: String) async throws {
        let port = Port()
        let server = try await PathServer { request in
            guard request.uri == "/health" else { return PathServer.Answer() }
            return PathServer.Answer(
                status: 307, headers: [("Location", location.replacing("PORT", with: "\(port.value)"))])
        }
        port.value = server.port
        let answer = try await ask("http://127.0.0.1:\(server.port)/health") {
            $0.probeHeaders = [RequestHeader(name: "X-Key", value: "hunter2hunter2")]
        }
        #expect(answer.isReady && answer.status == 200 && answer.location == nil)
        #expect(
            answer.summary
                == "GET http://127.0.0.1:\(server.port)/health, redirected to /health/?a=b, answered 200")
        #expect(server.requests.map(\.uri) == ["/health", "/health/?a=b"])
        #expect(server.requests.allSatisfy { $0.headers["x-key"] == "hunter2hunter2" })
        await server.stop()
    }

    /// A key must not go to another server, and a second redirect is most often a loop.
    @Test func anyOtherRedirectIsTheAnswer() async throws {
        let other = try await PathServer { _ in PathServer.Answer() }
        let server = try await PathServer { request in
            let places = [
                "/port": "http://127.0.0.1:\(other.port)/", "/scheme": "https://127.0.0.1/", "/host": "http://host/x",
                "/same": "/same", "/twice": "/again", "/again": "/third", "/post": "/third",
            ]
            guard let place = places[request.uri] else { return PathServer.Answer() }
            return PathServer.Answer(status: 302, headers: [("Location", place)])
        }
        let address = "http://127.0.0.1:\(server.port)"
        for path in ["/port", "/scheme", "/host", "/same"] {
            let answer = try await ask(address + path)
            #expect(!answer.isReady && answer.status == 302 && answer.location != nil)
            #expect(answer.summary.hasPrefix("GET \(address)\(path) answered 302, a redirect to "), "\(answer.summary)")
        }
        let twice = try await ask(address + "/twice")
        #expect(twice.summary == "GET \(address)/twice, redirected to /again, answered 302, a redirect to /third")
        #expect(twice.location == address + "/third")
        let post = try await ask(address + "/post") { $0.probeMethod = "POST" }
        #expect(post.status == 302)
        #expect(other.requests.isEmpty && !server.requests.map(\.uri).contains("/third"))
        await server.stop()
        await other.stop()
    }

    // MARK: - Sockets in the file system

    @Test func aServerBehindASocketIsAsked() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mj-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let socket = folder.appending(path: "a b%.sock").path
        let refused = try await ask("unix:\(socket):/health")
        #expect(refused.summary == "GET unix:\(socket):/health: No such file or directory")
        let server = try await PathServer(socket: socket) { request in
            switch request.uri {
            case "/moved": PathServer.Answer(status: 301, headers: [("Location", "/health?x=1")])
            case "/absolute": PathServer.Answer(status: 301, headers: [("Location", "http://localhost/health?x=1")])
            case "/away": PathServer.Answer(status: 301, headers: [("Location", "http://host/health")])
            default: PathServer.Answer()
            }
        }
        let answer = try await ask("unix:\(socket):/v1/health?x=%20")
        #expect(answer.isReady && answer.summary == "GET unix:\(socket):/v1/health?x=%20 answered 200")
        for path in ["/moved", "/absolute"] {
            let answer = try await ask("unix:\(socket):\(path)")
            #expect(answer.isReady && answer.summary.contains("redirected to /health?x=1, answered 200"), "\(answer)")
        }
        let away = try await ask("unix:\(socket):/away")
        #expect(!away.isReady && away.status == 301 && away.summary.hasSuffix("a redirect to http://host/health"))
        // Relative to the server's directory.
        let relative = try await ask("unix:a b%.sock:/health") { $0.workingDirectory = folder.path }
        #expect(relative.isReady, "\(relative)")
        #expect(server.requests[0].uri == "/v1/health?x=%20" && server.requests[0].headers["host"] == "localhost")
        await server.stop()
    }

    // MARK: -

    private final class Port: Sendable {
        private let storage = Mutex(0)
        var value: Int {
            get { storage.withLock { $0 } }
            set { storage.withLock { $0 = newValue } }
        }
    }

    private func ask(
        _ probe: String, _ change: (inout ServerConfiguration) throws -> Void = { _ in }
    ) async throws -> ProbeAnswer {
        var configuration = ServerConfiguration(command: ["server"], probe: try ProbeTarget(probe))
        configuration.probeTimeout = .seconds(60)
        try change(&configuration)
        let http = HTTPExchange()
        let prober = try #require(configuration.prober(http: http))
        let answer = await prober.ask()
        await http.shutDown()
        return answer
    }
}
