import ModelLifecycle
import Testing

@Suite("Known secrets") struct KnownSecretsTests {
    private static let known = KnownSecrets([
        "hunter2seeded", "p/a\"s s%w0rd", "opensesame", "31415926", "hunter2seeded-longer",
    ])

    @Test(arguments: [
        ("no name before hunter2seeded here", "no name before [redacted] here"),
        ("xhunter2seededx", "x[redacted]x"), ("hunter2seeded", "[redacted]"),
        ("hunter2seeded-longer, hunter2seeded-long.", "[redacted], [redacted]-long."),
        ("{\"x\": \"p/a\\\"s s%w0rd\"}", "{\"x\": \"[redacted]\"}"), ("'p\\/a\\\"s s%w0rd'", "'[redacted]'"),
        ("?x=p%2Fa%22s%20s%25w0rd&y", "?x=[redacted]&y"), ("/p/a%22s%20s%25w0rd", "/[redacted]"),
        ("say opensesame.", "say [redacted]."), ("\\nopensesame", "\\n[redacted]"), ("%20opensesame", "%20[redacted]"),
        ("opensesameopensesame", "opensesameopensesame"), ("id 314159265", "id 314159265"),
        ("pin 31415926", "pin [redacted]"),
        ("cut off: hunter2see", "cut off: [redacted]"), ("hunt", "hunt"), ("", ""), ("Köln 🎙️", "Köln 🎙️"),
    ])
    func aValueIsFoundWhereverItStands(text: String, expected: String) {
        #expect(Self.known.removed(from: text) == expected)
        #expect(Redaction.redact(text, knowing: Self.known) == expected)
    }

    @Test(arguments: [
        "", "true", "none", "EMPTY", "8080", "123456", "/run/secrets/key.pem", "short", "postgres", "changeme",
        "password",
        "letters", "$API_KEY", "********", "not-needed",
    ])
    func whatCouldStandInAnyTextIsNotLookedFor(value: String) {
        #expect(KnownSecrets([value]).isEmpty)
        #expect(KnownSecrets([value]).removed(from: "a \(value) b") == "a \(value) b")
    }

    @Test func noReportOfAProviderKeepsThem() {
        let secret = "hunter2seeded"
        var evidence = FailureEvidence(lastProbe: "a \(secret)")
        evidence.probeTarget = "http://h/\(secret)"
        evidence.probeLocation = "/\(secret)"
        evidence.answer = "{\(secret)}"
        evidence.portHolder = .init(pid: 7, program: secret)
        let failure = Failure(.processExited, "m \(secret)", outputTail: "o \(secret)", evidence: evidence)
        #expect(!"\(failure.withholding(Self.known))".contains(secret))
        #expect(failure.withholding(Self.known).evidence?.answer == "{[redacted]}")
        #expect(failure.withholding(.none) == failure)
        let note = RunNote(.output, message: secret, output: "o \(secret)", evidence: evidence)
        #expect(!"\(note.withholding(Self.known))".contains(secret))
        #expect(note.withholding(Self.known).output == "o [redacted]")
        let provided = ProviderEvidence(outputTail: secret, evidence: evidence).withholding(Self.known)
        #expect(provided.outputTail == "[redacted]" && !"\(provided)".contains(secret))
    }

    @Test(.timeLimit(.minutes(1))) func manySecretsInALongTextAreFound() {
        let secrets = (0..<20).map { "secret-value-\($0)-ab" }
        let text = String(repeating: "a line that a server has written, secret-value-7-ab of it\n", count: 20_000)
        #expect(!KnownSecrets(secrets).removed(from: text).contains("secret-value-7-ab"))
    }
}
