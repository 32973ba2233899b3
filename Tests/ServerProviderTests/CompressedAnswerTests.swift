import Foundation
import ModelLifecycle
import TestSupport
import Testing

@testable import ServerProvider

/// Some servers compress their answers whatever was asked for.
@Suite("Compressed answers", .turn(of: "ServerProviderTests"))
struct CompressedAnswerTests {
    @Test func anErrorInACompressedAnswerIsFound() async throws {
        let (result, _) = try await warmUp(with: "printf '{\"error\":\"no model\"}'")
        guard case .refused(let complaint, let body) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(complaint == "POST /infer answered 200 with an error: no model")
        #expect(body == #"{"error":"no model"}"#)
    }

    /// 200 KB that stand for 200 MB.
    @Test func aBombIsNotUnpacked() async throws {
        let (result, size) = try await warmUp(with: "head -c 200000000 /dev/zero")
        #expect(size < 1 << 20)
        guard case .good = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func whatIsNotCompressedAsItSaysIsNamed() async throws {
        let (result, _) = try await warmUp(with: "printf x", through: "cat")
        guard case .broken(let complaint) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(complaint == "POST /infer: the answer's body could not be decompressed")
    }

    private func warmUp(
        with command: String, through packer: String = "gzip -c"
    ) async throws -> (WarmupSender.Result, size: Int) {
        let file = FileManager.default.temporaryDirectory.appending(path: "modeljournal-gzip-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let shell = try Spawn.start(["sh", "-c", "\(command) | \(packer) > '\(file.path)'"], streams: Spawn.Streams())
        var status: Int32 = 0
        waitpid(shell, &status, 0)
        let body = try Array(Data(contentsOf: file))
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
        let server = try CannedServer(Array(head.utf8) + body)
        defer { server.stop() }
        let http = HTTPExchange()
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/infer"))
        let context = LoadContext(
            runID: RunID(rawValue: "run"), correlationID: try #require(CorrelationID(rawValue: "request")), attempt: 1)
        let sender = WarmupSender(
            request: WarmupRequest(url: url, body: .data(Data("{}".utf8))),
            audio: AudioSamples(samples: [], sampleRate: 16_000),
            identifiers: TraceIdentifiers(context), timeout: .seconds(60),
            http: http, note: { _ in })
        let result = await sender.send()
        await http.shutDown()
        return (result, body.count)
    }
}
