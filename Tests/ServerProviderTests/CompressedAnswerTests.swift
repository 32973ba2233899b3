import Foundation
import ModelLifecycle
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import ServerProvider

/// Some servers compress their answers whatever was asked for.
@Suite("Compressed answers", .turn(of: "ServerProviderTests"))
struct CompressedAnswerTests {
    @Test func anErrorInACompressedAnswerIsFound() async throws {
        let result = try await warmUp(with: "printf '{\"error\":\"no model\"}'")
        guard case .refused(let complaint, let body, _) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(complaint == "POST /infer answered 200 with an error: no model")
        #expect(body == #"{"error":"no model"}"#)
    }

    /// 200 KB that stand for 200 MB: the answer counts, and is not read to its end.
    @Test func aBombIsNotUnpacked() async throws {
        let body = try compressed("head -c 200000000 /dev/zero")
        #expect(body.count < 1 << 20)
        let read = Mutex(0)
        try await withServer(body) { url in
            let http = HTTPExchange()
            let answer = try await http.send(
                .GET, url, timeout: .seconds(60), keep: 1 << 16,
                hasEnough: { part in
                    read.withLock { $0 += part.count }
                    return false
                })
            #expect(answer.status == 200 && answer.body.count <= 1 << 16)
            await http.shutDown()
        }
        #expect(read.withLock { $0 } < 20 << 20)
    }

    @Test func whatIsNotCompressedAsItSaysIsNamed() async throws {
        let result = try await warmUp(with: "printf x", through: "cat")
        guard case .broken(let complaint, _) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(complaint == "POST /infer: the answer's body could not be decompressed")
    }

    private func warmUp(with command: String, through packer: String = "gzip -c") async throws -> WarmupSender.Result {
        try await withServer(try compressed(command, through: packer)) { url in
            let http = HTTPExchange()
            let context = LoadContext(
                runID: RunID(rawValue: "run"), correlationID: try #require(CorrelationID(rawValue: "request")),
                attempt: 1)
            let result = await WarmupSender(
                request: WarmupRequest(url: url, body: .data(Data("{}".utf8))),
                audio: AudioSamples(samples: [], sampleRate: 16_000), identifiers: TraceIdentifiers(context),
                timeout: .seconds(60), http: http, note: { _ in }
            ).send()
            await http.shutDown()
            return result
        }
    }

    private func compressed(_ command: String, through packer: String = "gzip -c") throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "modeljournal-gzip-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let shell = try Spawn.start(["sh", "-c", "\(command) | \(packer) > '\(file.path)'"], streams: Spawn.Streams())
        var status: Int32 = 0
        waitpid(shell, &status, 0)
        return Array(try Data(contentsOf: file))
    }

    private func withServer<Result>(_ body: [UInt8], _ ask: (URL) async throws -> Result) async throws -> Result {
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
        let server = try CannedServer(Array(head.utf8) + body)
        defer { server.stop() }
        return try await ask(try #require(URL(string: "http://127.0.0.1:\(server.port)/infer")))
    }
}
