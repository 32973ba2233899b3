import Foundation
import ModelLifecycle
import NIOHTTP1
import TestSupport
import Testing

@testable import ServerProvider

/// What is too long is cut only after its secrets are gone: a cut may take away the name that gives one away, or a part of
/// its form.
@Suite struct ShortenedTextTests {
    private static let token = "hf_hunter2hunter2hunter2"

    /// Of every length, so that the cut goes through each of the secret's bytes.
    private static let paddings = 0...60

    private func hasRest(_ text: String) -> Bool { text.contains("hf_h") || text.contains("unter2") }

    @Test(arguments: paddings) func wordsOfAnAnswer(padding: Int) throws {
        let beginning = String(repeating: "x", count: 240 + padding)
        #expect(!hasRest(AnswerWords.bounded("\(beginning) \(Self.token) more")))
        #expect(!hasRest(AnswerWords.bounded("\(beginning) password=\(Self.token.dropFirst(3))")))
        let url = try #require(URL(string: "http://127.0.0.1:8000/health"))
        let answer = HTTPExchange.Answer(
            status: 307, headers: ["Location": "https://\(beginning)\(Self.token)@host/a"], body: [])
        let words = AnswerWords(answer, to: url)
        #expect(!hasRest("\(words)"))
    }

    /// The reader of answers leaves out the middle of long ones.
    @Test(arguments: 0...30) func theDetailOfAnAnswer(padding: Int) throws {
        let url = try #require(URL(string: "http://127.0.0.1:8000/health"))
        let end = String(repeating: " more", count: 35) + String(repeating: "y", count: padding)
        let error = String(repeating: "a word ", count: 50) + "password: \(Self.token.dropFirst(3))" + end
        let body = try JSONSerialization.data(withJSONObject: ["error": ["message": error]])
        let answer = HTTPExchange.Answer(status: 500, headers: [:], body: Array(body))
        #expect(!hasRest("\(AnswerWords(answer, to: url))"))
    }

    @Test(arguments: 0...40) func theFirstBytesOfAnotherProtocol(padding: Int) throws {
        let line = String(repeating: "x", count: padding) + " " + Self.token + " more\r\n"
        let words = try #require(WireProtocol.words(Array(line.utf8)))
        #expect(!hasRest(words))
    }

    /// What has neither a name nor a form is taken out later, where it is known: until then it is whole, or gone.
    @Test(arguments: 0...60) func noCutGoesThroughAWord(padding: Int) {
        let secret = "correcthorsebatterystaple"
        let text =
            String(repeating: "x", count: 100 + padding) + " \(secret) " + String(repeating: "a word ", count: 60)
        let known = KnownSecrets([secret])
        for shown in [text, String(text.reversed())] {
            let name = shown == text ? secret : String(secret.reversed())
            let parts = [
                ShortenedText.ends(of: shown, first: 150, last: 150), ShortenedText.beginning(of: shown, most: 150),
            ]
            for part in parts {
                #expect(part.count < 320)
                #expect(!part.replacing(name, with: "").contains(name.prefix(4)), "\(part)")
                #expect(!part.replacing(name, with: "").contains(name.suffix(4)), "\(part)")
                #expect(!known.removed(from: part).contains("horseb"))
            }
        }
    }

    /// A warm-up that is refused says so with the beginning and the end of the answer.
    @Test(arguments: [0, 10, 20, 30, 40, 50, 60]) func theAnswerToAWarmup(padding: Int) async throws {
        let secret = "password=hunter2-correct-horse-battery"
        let error = String(repeating: "x", count: 110 + padding) + " " + secret + String(repeating: " more", count: 41)
        let server = try CannedServer(
            Array("HTTP/1.1 500 No\r\nContent-Length: \(error.utf8.count)\r\n\r\n\(error)".utf8))
        defer { server.stop() }
        let http = HTTPExchange()
        let context = LoadContext(
            runID: RunID(rawValue: "run"), correlationID: try #require(CorrelationID(rawValue: "request")), attempt: 1)
        let result = await WarmupSender(
            request: WarmupRequest(
                url: try #require(URL(string: "http://127.0.0.1:\(server.port)/a")), body: .data(Data())),
            audio: AudioSamples(samples: [], sampleRate: 16_000), identifiers: TraceIdentifiers(context),
            timeout: .seconds(60), http: http, note: { _ in }
        ).send()
        await http.shutDown()
        guard case .refused(let complaint, _, _) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(!complaint.contains("hunter2") && !complaint.contains("horse") && !complaint.contains("battery"))
    }

    /// The last line of a command may be longer than what is kept of its output.
    @Test(arguments: [1, 5, 9, 12, 20]) func theLastLineOfACommand(cut: Int) async throws {
        let kept = 16 << 10
        let line = "password=hunter2-correct-horse" + String(repeating: " more", count: kept)
        let file = FileManager.default.temporaryDirectory.appending(path: "modeljournal-line-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(line.utf8.prefix(kept + cut)).write(to: file)
        let answer = await CommandProber(command: "cat '\(file.path)'", timeout: .seconds(60)).ask()
        let shown = try #require(answer.detail)
        #expect(!shown.isEmpty && !shown.contains("horse"), "\(shown)")
    }

    /// What comes first may be one line that is longer than all that is kept of the beginning.
    @Test(arguments: 0...24) func theBeginningOfAnOutput(padding: Int) {
        var rings = OutputRings(limit: 400)
        let line = String(repeating: "x", count: 76 + padding) + " " + Self.token
        rings.append(Array("\(line)\(String(repeating: " more", count: 400))\nthe end\n".utf8))
        let text = rings.text
        #expect(text.contains(" bytes dropped …]") && text.hasSuffix("the end\n"))
        #expect(!hasRest(Redaction.redact(text)), "\(text.prefix(150))")
    }
}
