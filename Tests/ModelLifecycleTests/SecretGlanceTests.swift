import Foundation
import TestSupport
import Testing

@testable import ModelLifecycle

/// The first look at a text passes over none that has a secret.
@Suite struct SecretGlanceTests {
    private static let pieces =
        RedactionTests.places.map(\.text) + RedactionTests.headers.map(\.text) + RedactionTests.keys.map(\.text)
        + RedactionTests.shapes.map(\.text) + [
            "basic", "Bearer", "Basic aB3dE5fG7hI9jK1l", "-u", "--user", "ann:hunter2", "x-----BEGIN",
            " PRIVATE KEY-----",
            "-----END", "https://hooks.slack.com/services/T0/B0/abc", "token", "api", "key", "keys", "password", "is",
            "hunter2x9", "sk-", "hf_abcdefghijklmnop", "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxIn0", "AKIA",
            "AKIAIOSFODNN7EXAMPLE",
            "://", "@", ":", "=", " ", "\n", "\\n", "%20", "%", "[31m", "\u{1B}[1m", "&quot;", "\"", "'", ".", "_", "-",
            "--",
            "é", "PAT", "auth", "12:30:45.123", "0192c1d2-7b3e-7abc-8def-0123456789ab", "whisper-large-v3",
        ]

    private func needsNoScan(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { SecretGlance.firstFinding(in: $0) } == nil
    }

    private func scanned(_ text: String) -> String {
        var scanner = SecretScanner(text)
        return scanner.redacted(looksAhead: false)
    }

    @Test(.takesLong) func whatIsPassedOverHasNone() throws {
        var random = SplitMix(seed: 7)
        var passed = 0
        for _ in 0..<60_000 {
            let count = Int.random(in: 1...6, using: &random)
            let text = (0..<count).map { _ in
                let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
                // Often only a part of it.
                guard Bool.random(using: &random) else { return piece }
                let start = Int.random(in: 0..<piece.count, using: &random)
                return String(piece.dropFirst(start).prefix(Int.random(in: 1...30, using: &random)))
            }.joined(separator: Bool.random(using: &random) ? "" : " ")
            let whole = scanned(text)
            let inLines = "a line\nanother line\n" + text + "\na line\n" + text + "\n\nthe last line"
            let same = Redaction.redact(inLines) == scanned(inLines)
            #expect(same, "\(inLines)")
            guard needsNoScan(text) else { continue }
            passed += 1
            #expect(whole == text)
        }
        #expect(passed > 5000)
    }

    /// What servers print, line by line and whole.
    @Test func noOutputOfAServerIsReadInAnotherWay() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Outputs")
        var lines = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else { continue }
            let whole = scanned(text)
            let same = Redaction.redact(text) == whole
            #expect(same, "\(name)")
            for line in text.split(separator: "\n").map(String.init) + [text] where needsNoScan(line) {
                lines += 1
                let whole = scanned(line)
                #expect(whole == line)
            }
        }
        #expect(lines > 1000)
    }

    /// A known name that a glance does not look for would be passed over.
    @Test func everyNameEndsAsThoseDoThatAreLookedFor() {
        let words =
            RedactionTests.keys.map(\.text) + Self.pieces + [
                "HF_TOKEN", "apiKeys", "client_secret", "requirepass", "SSHPASS", "authKey", "X-Amz-Signature", "sig",
                "set-cookie", "db_pass", "github_pat", "redis-cli-auth", "AccessToken", "refreshtokens", "passphrases",
            ]
        for word in words.flatMap({ $0.split { !($0.isLetter || $0.isNumber || "_-.".contains($0)) } }) {
            let bytes = Array(word.utf8)
            guard SecretNames.meaning(bytes[...], isQuoted: true) != nil else { continue }
            #expect(!needsNoScan(String(word)), "\(word)")
        }
    }

    /// Otherwise the look would spare nothing.
    @Test(arguments: [
        "", "0192c1d2-7b3e-7abc-8def-0123456789ab", "whisper-large-v3", "3.0.0",
        "the file means is damaged", "llama-server exited with status 1 before it was ready",
        "GET http://127.0.0.1:8000/health: connection refused", "127.0.0.1:8080", "no such file: /models/en-us/means",
    ])
    func whatIsUsualIsPassedOver(text: String) { #expect(needsNoScan(text)) }
}
