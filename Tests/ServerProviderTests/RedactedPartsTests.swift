import ModelLifecycle
import Testing

@testable import ServerProvider

/// What comes in parts has no secret in it that the whole has not.
@Suite struct RedactedPartsTests {
    private static let key =
        ["-----BEGIN PRIVATE KEY-----"] + (0..<26).map { "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\($0)" }
        + ["-----END PRIVATE KEY-----"]
    private static let list = ["\"api_keys\": [", "  \"k3y0fAcl0ud9x7\",", "  \"s3c0ndKeyQ8w2e\"", "]"]

    @Test(arguments: [key, list], [1, 2, 3, 7])
    func aSecretOfSeveralLinesIsInNoPart(secret: [String], size: Int) {
        let lines = ["loading"] + secret + ["loaded", "serving"]
        var parts = RedactedParts()
        var output = ""
        for start in stride(from: 0, to: lines.count, by: size) {
            output += parts.next(lines[start..<min(start + size, lines.count)].map { $0 + "\n" }.joined())
        }
        for line in secret.dropFirst().dropLast() {
            let value = line.drop { !$0.isLetter }.prefix { $0.isLetter || $0.isNumber }
            #expect(!output.contains(value), "\(output)")
        }
        #expect(output.hasPrefix("loading\n") && output.hasSuffix("loaded\nserving\n"))
    }

    @Test func aKnownValueMayHaveSeveralLines() {
        let secrets = KnownSecrets(["first half\nsecond half"])
        var parts = RedactedParts()
        let output =
            parts.next("the key: first half\n", knowing: secrets) + parts.next("second half\n", knowing: secrets)
        #expect(!output.contains("second half"))
    }

    /// Ordinary text is handed out once and whole, however much of it there is.
    @Test func nothingElseIsLostOrRepeated() {
        let lines = (0..<300).map { "2026-01-01 12:00:00 INFO layer \($0) of 300 loaded in \($0 % 17) ms\n" }
        var parts = RedactedParts()
        #expect(lines.map { parts.next($0) }.joined() == lines.joined())
    }
}
