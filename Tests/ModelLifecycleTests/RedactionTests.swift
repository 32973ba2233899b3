import ModelLifecycle
import TestSupport
import Testing

@Suite("Redaction")
struct RedactionTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let text: String
        let redacted: String

        init(_ text: String, _ redacted: String) {
            self.text = text
            self.redacted = redacted
        }

        var testDescription: String { text }
    }

    static let places = [
        Sample("GET https://ann:s3cret@models.example/en.bin", "GET https://[redacted]@models.example/en.bin"),
        Sample("postgres://u:p@ss@db:5432/x failed", "postgres://[redacted]@db:5432/x failed"),
        Sample("https://ghtoken0123456789abcdef@host/a", "https://[redacted]@host/a"),
        Sample("(http://a:b@c) http://d:e@f", "(http://[redacted]@c) http://[redacted]@f"),
        Sample("DATABASE_URL=redis://:hunter2@cache/0", "DATABASE_URL=redis://[redacted]@cache/0"),
    ]

    static let headers = [
        Sample("Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"),
        Sample("authorization: basic dXNlcjpwYXNz end", "authorization: basic [redacted] end"),
        Sample("curl -H 'Authorization: Bearer abc123' url", "curl -H 'Authorization: Bearer [redacted]' url"),
        Sample(#"{"Authorization": "Bearer abc 123"}"#, #"{"Authorization": "Bearer [redacted]"}"#),
        Sample("Proxy-Authorization: Basic Zm9v", "Proxy-Authorization: Basic [redacted]"),
        Sample("Authorization: Digest username=\"u\", nonce=\"n\"", "Authorization: Digest [redacted]"),
        Sample("Authorization: 0123456789abcdef0", "Authorization: [redacted]"),
        Sample("sent Bearer 0123456789abcdef0, got 401", "sent Bearer [redacted], got 401"),
        Sample("X-Api-Key: abcdef", "X-Api-Key: [redacted]"),
        Sample("X-Amz-Signature=00ff11&X-Amz-Date=2026", "X-Amz-Signature=[redacted]&X-Amz-Date=2026"),
    ]

    static let keys = [
        Sample("token=abc", "token=[redacted]"),
        Sample("token=12345", "token=[redacted]"),
        Sample("?model=en&token=abc&x=1", "?model=en&token=[redacted]&x=1"),
        Sample("api_key=abc, retrying", "api_key=[redacted], retrying"),
        Sample("api-key: abc", "api-key: [redacted]"),
        Sample("apikey=abc", "apikey=[redacted]"),
        Sample("password=p,a;s)s next", "password=[redacted] next"),
        Sample("passwd = 'two words' x", "passwd = '[redacted]' x"),
        Sample("secret=abc.", "secret=[redacted]."),
        Sample("(password=1234)", "(password=[redacted])"),
        Sample("HF_TOKEN=abc AWS_SECRET_ACCESS_KEY=abc/def+1", "HF_TOKEN=[redacted] AWS_SECRET_ACCESS_KEY=[redacted]"),
        Sample("clientSecret: abc accessToken: def", "clientSecret: [redacted] accessToken: [redacted]"),
        Sample(#"{"password": "a\"b", "n": 1}"#, #"{"password": "[redacted]", "n": 1}"#),
        Sample(#"{"password":"a\\","n":"x"}"#, #"{"password":"[redacted]","n":"x"}"#),
        Sample(
            #"{"body": "{\"api_key\": \"abc\", \"n\": 1}"}"#, #"{"body": "{\"api_key\": \"[redacted]\", \"n\": 1}"}"#),
        Sample(#"line one\ntoken=abc\nline three"#, #"line one\ntoken=[redacted]\nline three"#),
        Sample("{'secret': 'abc', 'b': 2}", "{'secret': '[redacted]', 'b': 2}"),
        Sample("password=\"never closed\nnext line", "password=\"[redacted]\nnext line"),
        Sample("serve --token abc --port 80", "serve --token [redacted] --port 80"),
        Sample("serve --api-key=abc --port 80", "serve --api-key=[redacted] --port 80"),
        Sample("password=пароль готово", "password=[redacted] готово"),
        Sample("password=token=abc", "password=[redacted]"),
    ]

    static let letters = "abcdefghijABCDEFGHIJ0123456789"
    static let shapes = [
        Sample("key sk-\(letters) used", "key [redacted] used"),
        Sample("sk-proj-\(letters)_\(letters)", "[redacted]"),
        Sample("hf_\(letters).", "[redacted]."),
        Sample("ghp_\(letters)\(letters.prefix(6))", "[redacted]"),
        Sample("github_pat_\(letters)_\(letters)", "[redacted]"),
        Sample("AKIAIOSFODNN7EXAMPLE is", "[redacted] is"),
        Sample("xoxb-1234567890-abcdef", "[redacted]"),
        Sample("<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-bmF0_dXJl>", "<[redacted]>"),
        Sample(
            "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA==\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb"),
        Sample("-----BEGIN PRIVATE KEY-----\nMIIE\ncut off", "[redacted]"),
        Sample(#""k": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n""#, #""k": "[redacted]\n""#),
        Sample("private_key=-----BEGIN PRIVATE KEY-----\nMI\n-----END PRIVATE KEY-----", "private_key=[redacted]"),
    ]

    @Test(arguments: places + headers + keys + shapes)
    func aSecretIsReplacedAndTheRestStays(sample: Sample) {
        #expect(Redaction.redact(sample.text) == sample.redacted)
    }

    @Test(arguments: places + headers + keys + shapes)
    func redactingTwiceChangesNothing(sample: Sample) {
        #expect(Redaction.redact(sample.redacted) == sample.redacted)
    }

    @Test(arguments: [
        "", "Phase 1/3: Loading model…", "tokens=512", "tokenizer=bpe", "max_tokens: 12", "n_tokens = 4096",
        "print_info: EOS token        = 2 '</s>'", "token: 50257", "bos_token=<s> pad_token: 0",
        "special token: <|en|>",
        "( 10.25 ms per token, 97.56 tokens per second)", "token=None password: null secret=false", "password=",
        "unexpected token: }", "Authorization: required", "invalid token, passwords do not match", "--max-tokens 12",
        "--password-file /run/secret", "the secret of good models", "PWD=/srv/models", "key=value cache_key=en-us",
        "ssh://git@example.org/x.git", "https://example.org:8080/a@b?c=d:e@f", "mail ann@example.org",
        "std::vector<int>",
        "12:30:45.123 load_tensors: CPU_Mapped model buffer size = 512.00 MiB", "sk-learn-contrib-extras", "hf_hub_url",
        "xoxo", "AKIA", "eyJ", "eyJ.a.b", "Bearer tokens are required", "the bearer of this message",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "sha256:9f86d081884c7d659a2feaa0c55ad015",
        "0192c1d2-7b3e-7abc-8def-0123456789ab", "Köln → 東京 🎙️", "C:\\models\\en-us", "exit status 137 (signal 9)",
    ])
    func anOrdinaryLineStaysAsItIs(line: String) {
        #expect(Redaction.redact(line) == line)
    }

    /// A text of many pieces that would take minutes in quadratic time.
    @Test(
        .takesLong, .timeLimit(.minutes(1)),
        arguments: [
            "a", " ", "\"", "'", "\\", "=", ":", "/", "@", "-", ".", "\n", "é", "://", "://a@", "token", "token=",
            "token ",
            "token:<", "token=\"", "token=\\\"", "token=(", "\"token\":", "Bearer ", "bearer '",
            "authorization:bearer,",
            "authorization: bearer ", "authorization=\"", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----END ",
            "eyJ", "eyJ.", "sk-", "--token ", "password='\\", "a:b@", "_",
            "api_key: [", "[", "api_key={\"", "a.token:<", "tokens=", "auth=“", "Cookie: a", "api_keys:\n  - ",
            "('api_key', '", "api_key\n ", "the API key is ", "API key for ", "key ", "password (", "a(b[", "&quot;",
            "api_key=&quot;", "\u{1B}[1m", "-----END PRIVATE KEY-----\n", "AAAAAAAAAAAAAAAA\n", "token: |\n ",
            "| api_key ",
            "%22api_key%22%3A", "api_key=a,b=", "--api-key a1b2c3d4 ", "https://hooks.slack.com/services/",
        ])
    func hostileInputTakesLinearTime(piece: String) {
        let text = String(repeating: piece, count: 120_000 / piece.utf8.count)
        #expect(Redaction.redact(text).utf8.count <= text.utf8.count * 3)
    }

    @Test(.timeLimit(.minutes(1)))
    func aMegabyteOfOneCharacterStaysAsItIs() {
        let text = String(repeating: "x", count: 1_000_000)
        #expect(Redaction.redact(text) == text)
    }

    @Test func levelsOfEscapingTakeLinearTime() {
        let text = (1...1_000).map { "token=<" + String(repeating: "\\", count: $0) + "\"Bearer " }.joined()
        #expect(!Redaction.redact(text).isEmpty)
    }
}
