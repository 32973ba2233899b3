import ModelLifecycle
import Testing

/// Forms in which servers print secrets, and harmless lines that look like them.
@Suite("Secrets and harmless values") struct SecretTableTests {
    /// The secret stands between two `§`.
    static let secrets = [
        #"API keys: §seed12ab§, §seed34cd§"#, #"auth=('admin', '§seed§')"#,
        #"auth=[("ann", "§seed§"), ("bob", "§seed§")]"#,
        #"\u0022api_key\u0022:\u0022§seed§\u0022"#, #"api_keys[0]: §seed§"#, #"api_key[1] = "§seed§""#,
        "§gsk_seedabcdefghij0123456789abcdefgh§ used", "§nvapi-seedabcdefghij0123456789-abcdefgh_§",
        "§sk_live_seedabcdefghij01§", "Basic §seedXNl1cjpwYXNz§", #"<input name="password" value="§seed§">"#,
        #""Env": ["HF_TOKEN=§seed§", "PATH=/usr"]"#, #"{:api_key=>"§seed§"}"#, #"$env:HF_TOKEN = "§seed§""#,
        "requirepass: §seed§",
        #"args: {'api_key': '§seedone01abcd§'}"#,
        #"args: {'api_key': ['§seed02abcd§']}"#,
        #"Args(api_key=['§seed03abcd§', '§seed04abcd§'])"#,
        #"{"api_keys": ["§seed05abcd§"]}"#,
        #"API key: §seed06abcd§"#,
        #"Your admin key is: §seed07abcd§"#,
        #"OPENAI_API_KEYS=§seed0008abcd§"#,
        #"Your admin key is §seed07abcd§"#,
        #"the token is §seed07abcd§"#,
        #"Generated password: §seed§"#,
        #"secret access key §seedrXUtnFEMI123§"#,
        #"secret access key: §seed§"#,
        #"http://127.0.0.1:8888/?token=§seed1abc§"#,
        #"http://127.0.0.1:8888/lab?x=1&token=§seedabc§"#,
        #"Namespace(api_key=['§seedx§'], host=None)"#,
        #"Namespace(host='0.0.0.0', api_key=[SecretStr('§seedx§'), SecretStr('§seedy§')], port=8000)"#,
        #"api_key=SecretStr('§seedx§')"#,
        #"{b'api_key': b'§seedx§', b'n': 1}"#,
        #"[(b'authorization', b'Bearer §seedx§'), (b'host', b'x')]"#,
        #"[('Authorization', 'Bearer §seedx§'), ('Accept', '*/*')]"#,
        #"headers=[('X-Api-Key', '§seed§')]"#,
        #"[["Authorization", "Bearer §seed1§"]]"#,
        #"curl -H "X-Api-Key: §seed§" http://x"#,
        #"redis://§:seedpw§@host:6379/0"#,
        #"Server=db;User Id=sa;Password=§seed§;Encrypt=True;"#,
        #"host=db password=§seed§ dbname=x"#,
        #"UID=sa;PWD=§seedx§;Database=y"#,
        #"{"private_key": "§-----BEGIN PRIVATE KEY-----\nseed\n-----END PRIVATE KEY-----§\n", "x": 1}"#,
        #"{"name": "HF_TOKEN", "value": "§seed§"}"#,
        #"{'name': 'OPENAI_API_KEY', 'value': '§seed§'}"#,
        #"map[Authorization:[Bearer §seed§] X-Api-Key:[§seed§ §seed§]]"#,
        #"[]string{"x"} APIKeys:[]string{"§seed§", "§seed2§"}"#,
        #"{APIKey:§seed§ Token:§seed§}"#,
        #"Some(Config { api_key: Some("§seed§"), host: "x" })"#,
        #"Config { api_keys: ["§seed§"], host: "x" }"#,
        #"<password>§seed§</password>"#,
        #"<add key="ApiKey" value="§seed§"/>"#,
        #"&quot;api_key&quot;: &quot;§seed§&quot;, &quot;n&quot;: 1"#,
        #"%22api_key%22%3A%22§seed§%22%2C"#,
        #"api_key%3D§seed§&x=1"#,
        #"export HF_TOKEN="§seed§""#,
        #"environ({'HF_TOKEN': '§seed§', 'HOME': '/root'})"#,
        #"declare -x OPENAI_API_KEY="§seed§""#,
        #"| api_key | §seed1234§ |"#,
        #"│ api_key │ §seed1234§ │"#,
        #"api_key                       §seed12ab34cd§"#,
        #"  api_key ...................... §seed§"#,
        #"api_key -> §seed§"#,
        #"api_key->§seed§"#,
        #"['vllm', 'serve', '--api-key', '§seed§', '--port', '80']"#,
        #"["vllm", "serve", "--api-key", "§seed§"]"#,
        #"{"credentials": {"username": "§seed§", "password": "§seed§", "expires": 3600}}"#,
        #"{"management": {"key": "§B-E5KSRM§", "expiration time": "2024"}, "API": {"key": "§gNRuA7dS§"}}"#,
        #"Cookie: §session=seed; other=seed§"#,
        #"Set-Cookie: §id=seed; Path=/§"#,
        #"{"auth": "bob:§seed§"}"#,
        #"curl -u bob:§seed§ http://x"#,
        #"REDISCLI_AUTH=§seed§ PGPASSWORD=§seed§ MYSQL_PWD=§seed§ DB_PASS=§seed§"#,
        #"APIKey=§seed§ HFToken=§seed§"#,
        #"token: "§seed§""#,
        #"tokens: ["§seedaf123gh§"]"#,
        #"auth_tokens: ["§seed§"]"#,
        #"HF_TOKENS=§seed,seed2§"#,
        #"passwords: ["§seed§"]"#,
        #"password = """§seed§""""#,
        #"password=`§seed§`"#,
        #"API key “§seed1234ab§” was created"#,
        #"API key (shown once): §seed§"#,
        #"API key for bob: §seed§"#,
        #"API key set to §seed1234§"#,
        #"Using API key §seedab12cd34§"#,
        #"Incorrect API key provided: §seed§. You can find"#,
        #"x-goog-api-key: §seed§"#,
        #"Ocp-Apim-Subscription-Key: §seed§"#,
        #"AccountName=x;AccountKey=§seed==§;EndpointSuffix=core"#,
        #"https://hooks.slack.com/services/§T00/B00/seed§"#,
        #"https://x/?key=§seedaB12cD34§"#,
        #"api_key: !secret §seed§"#,
        #""api_keys": "§seed1,seed2§""#,
        #"{"api_keys": {"admin": "§seed§", "user": "§seed§"}}"#,
        #"{"api_keys": [{"name": "§seed§", "key": "§seed§"}]}"#,
        #"api_keys=('§seed§',)"#,
        #"api_keys={'§seed§', '§seed2§'}"#,
        #"api_keys=frozenset({'§seed§'})"#,
        #"api_keys=deque(['§seed§'])"#,
        #"{\"api_keys\": [\"§seed§\", \"§seed§\"]}"#,
        #"msg="{\"api_keys\": [\n \"§seed§\",\n \"§seed§\"\n]}""#,
        #"-e HF_TOKEN=§seed§ --env API_KEY=§seed§"#,
        #"password: §seed!x§"#,
        #"(EngineCore pid=12) api_key=['§seed§']"#,
        #"INFO 11-30 [utils.py:233] non-default args: {'model': 'x', 'api_key': ['§seed§'], 'port': 8000}"#,
        #"{"api_key": ["§seeda§", {"b": ["§seedb§"]}], "port": 80}"#,
        #"env: HF_TOKEN=§seed§ HOME=/root PATH=/usr/bin"#,
        #"ENV_API_KEY: "§seed§""#,
        #"config.api_key: '§seed§'"#,
        #"Loaded key for admin. Admin key: §seed§"#,
        #"Admin API Key is '§seed12§'"#,
        #"The admin password is: §seed§"#,
        #"default password is §seed4you!§"#,
        #"password set to §seed99x§"#,
        #"Initial root password: §seed§"#,
        #"Authorization header: Bearer §seed12ab34cd§"#,
        #"authorization => Bearer §seed§"#,
        #""Authorization": ["Bearer §seed§"]"#,
        #"Proxy-Authorization=Basic §seed§"#,
        #"Sec-WebSocket-Protocol: auth, token: §seed§"#,
        #"mongodb+srv://§user:seed§@cluster/db"#,
        #"amqp://§guest:seed§@rabbit:5672//"#,
        #"jdbc:postgresql://h/db?user=x&password=§seed§&ssl=true"#,
        #"postgresql://u@h/db?password=§seed§"#,
        #"Data Source=x;User ID=y;Password=§seed§;Pooling=false"#,
        #"DefaultEndpointsProtocol=https;AccountName=x;AccountKey=§seed/x==§;EndpointSuffix=core"#,
        #"[api]\napi_key = "§seed§""#,
        #"api_key: "§seed§" # comment"#,
        #"  "apiKeys" : [ "§seed§" , "§seed§" ],"#,
        #"api_keys = [§seed§, §seed§]"#,
        #"api_keys: (§seed§)"#,
        #"--api-keys §seed,seed§ --port 80"#,
        #"args=['--api-key=§seed§', '--port=80']"#,
        #"argv: ["serve","--hf-token","§seed§"]"#,
        #"Command: vllm serve m --hf-token=§seed§ --tokens=tokens.txt"#,
        #"os.environ["HF_TOKEN"] = "§seed§""#,
        #"os.environ['OPENAI_API_KEY']='§seed§'"#,
        #"HF_TOKEN => §seed§"#,
        #"HF_TOKEN: §seed§"#,
        #"<token>§seed§</token>"#,
        #"token=§seed§; path=/"#,
        #"X-Auth-Token: §seed§"#,
        #"x-amz-security-token: §seed§"#,
        #"aws_secret_access_key = §seed/abc+d§"#,
        #"'secret': b"§seed§""#,
        #"secrets={'§seed§'}"#,
        #"LitellmParams(api_key="§seed§", model="gpt")"#,
        #"ApiKey { value: "§seed§" }"#,
        #"apiKey: §seed§,"#,
        #""accessToken":"§seed§","refreshToken":"§seed§""#,
        #"PASSWORD='§seed two words§'"#,
        #"MYSQL_ROOT_PASSWORD: §seed§"#,
        #"user=bob passwd=§seed§"#,
        #"login with password §seedpa55§ failed"#,
        #"client_secret=§seed§&grant_type=x"#,
        #"id_token: §seed§"#,
        #"api_key=§seed§\nport=80"#,
        #""{\"api_key\":\"§seed§\"}""#,
        #"DEBUG:httpx:headers={'authorization': 'Bearer §seed§', 'accept': '*/*'}"#,
        #"Headers([('x-api-key', '§seed§'), ('accept', '*/*')])"#,
        #"Headers({'x-api-key': '§seed§'})"#,
        #"MultiDict([('token', '§seed§')])"#,
        #"http.Header{"Authorization":[]string{"Bearer §seed§"}, "Accept":[]string{"*/*"}}"#,
        #"APIKeys:[]string{"§seed§"}"#,
        #"password (required): §seed§"#,
        #"API_KEY (set): §seed§"#,
        #"webhook_secret="§seed§""#,
        #"encryption key = §seed§"#,
        #"jwt_secret: §seed§"#,
        #"signing-key: §seed§"#,
        #"Your new API key is: §seed§"#,
        #"Your key is: §seedab12cd34§"#,
        #"Token created: §seed§"#,
        #"Temporary password for admin: §seed§"#,
        #"key='x', api_key='§seed§'"#,
        #"{"error": "Incorrect API key provided: §seed§."}"#,
        #"?access_token=§seed#top§"#,
        #"ws://h/?auth_token=§seed§"#,
        #"Bearer §seedab12cd34§"#,
        #"vllm serve m --api-key §seed§ §seed2ab3cd§ --port 80"#,
        #"New token generated: §seed1a2b3c§"#,
    ]

    static let severalLines = [
        "api_keys:\n  - §seed one§\n  - §seedtwo§\nport: 80", "api_keys:\n- '§seed§'\n- \"§seed§\"\nport: 80",
        "credentials:\n  user: §seed§\n  password: §seed§\nport: 80", "password: |\n  §seed§\n  §seed2§\nport: 80",
        "x:\n  token: >-\n    §seed§\n  port: 80", "- name: HF_TOKEN\n  value: §seed§\n- name: PORT\n  value: 80",
        "{\n  \"api_keys\": [\n    \"§seed§\",\n    \"§seed§\"\n  ],\n  \"port\": 80\n}",
        "(pid=7) \"api_keys\": [\n(pid=7)   \"§seed§\",\n(pid=7)   \"§seed§\"\n(pid=7) ],\n(pid=7) \"port\": 80",
        "web-1  | 'api_keys': ['§seed§',\nweb-1  |              '§seed§'],\nweb-1  | 'port': 80",
        "Generated password:\n\n    §seed12ab34§\n\nready", "Your API key is:\n§seed12ab34§\n",
        "api_key = (b'§seed§'\n           b'§seed§')\n",
        "AAAAAAAAAAAAAAAA\n\u{1B}[32mapi_key\u{1B}[0m=\u{1B}[1m§seed§\u{1B}[0m end",
        "HOME=/root\0HF_TOKEN=§seed§\0PORT=80\0",
    ]

    /// What ordinary servers print.
    static let harmless = [
        #"tokens: 512"#,
        #"max_tokens=512"#,
        #"--tokens=tokens.txt"#,
        #"tokens per second: 31.2"#,
        #"eos_tokens: [2, 3]"#,
        #"num_tokens: 12345"#,
        #"tokenizer: bpe"#,
        #"prompt_tokens: 14"#,
        #""usage": {"prompt_tokens": 14, "completion_tokens": 22, "total_tokens": 36}"#,
        #"prompt eval time = 31.2 ms / 14 tokens ( 2.2 ms per token, 450 tokens per second)"#,
        #"llama_model_loader: - kv 18: tokenizer.ggml.tokens arr[str,32000] = ["<unk>", "<s>", "</s>", "<0x00>"]"#,
        #"llama_model_loader: - kv 21: tokenizer.ggml.eos_token_id u32 = 2"#,
        #"print_info: EOS token = 2 '</s>'"#,
        #"print_info: EOG token = 128001 '<|end_of_text|>'"#,
        #"print_info: LF token         = 198 'Ċ'"#,
        #"OnlineRecognizerConfig(model_config=OnlineModelConfig(tokens="./tokens.txt", num_threads=1))"#,
        #"special tokens cache size = 256"#,
        #"token to piece cache size = 0.7999 MB"#,
        #"Missing key(s) in state_dict: "encoder.layers.0.weight"."#,
        #"Unexpected key(s) in state_dict: "lm_head1.weight", "a.b1"."#,
        #"KeyError: 'decoder.layer1'"#,
        #"RuntimeError: key 'abc' not found"#,
        #"key: encoder.weight"#,
        #""key": "encoder.layers.0.weight""#,
        #"{"key": "value", "name": "x"}"#,
        #"key=value cache_key=en-us"#,
        #"invalid API key"#,
        #"The token is invalid"#,
        #"the API key is missing"#,
        #"API key: missing"#,
        #"API key authentication: enabled"#,
        #"password is required"#,
        #"token has expired"#,
        #"the secret is out"#,
        #"authentication failed for user postgres"#,
        #"Authorization: required"#,
        #"Auth: enabled"#,
        #"auth: basic"#,
        #"auth=none"#,
        #"pass: 12"#,
        #"Pass 1/3: loading"#,
        #"passed: 31"#,
        #"def login(api_key: str, token: Optional[str] = None) -> None:"#,
        #"api_key: str | None = None"#,
        #"    self.api_key = api_key"#,
        #"token = os.environ["HF_TOKEN"]"#,
        #"api_key=config.api_key"#,
        #"api_key=None, token=None, password=''"#,
        #"password: null"#,
        #"SecretStr('**********')"#,
        #"api_key=SecretStr('**********')"#,
        #"api_keys: ****"#,
        #"api_key: ${API_KEY}"#,
        #"api_key: $API_KEY"#,
        #"api_key: {{ api_key }}"#,
        #"api_key: <your-api-key>"#,
        #"api_key='{}'"#,
        #"/etc/ssl/private.key"#,
        #"ssl_keyfile=None"#,
        #"ssl_key=/etc/ssl/key.pem"#,
        #"--api-key-file /run/secrets/key"#,
        #"password_file: /run/x"#,
        #"Your token has been saved to /home/asr/.cache/huggingface/token"#,
        #"HF token: /home/asr/.cache/huggingface/token"#,
        #"Key file located at /home/model-server/key_file.json"#,
        #"num_key_value_heads=8"#,
        #""num_key_value_heads": 8, "key_dim": 64"#,
        #"primary key: id"#,
        #"public key: abc"#,
        #"cache key: en-us-1"#,
        #"token_type: bearer"#,
        #"tokens = ['▁Hello', '▁world', '2024']"#,
        #"tokens: ["the", "quick", "brown"]"#,
        #""tokens": [1, 2, 3]"#,
        #"next token: hello"#,
        #"new tokens: 12"#,
        #"bos_token='<s>', eos_token='</s>', unk_token='[UNK]', mask_token='[MASK]'"#,
        #"special_tokens_map: {'bos_token': '<s>', 'pad_token': '[PAD]'}"#,
        #"AddedToken("<|endoftext|>", rstrip=False)"#,
        #"max_num_batched_tokens=8192, max_model_len=4096"#,
        #"max-tokens: 31"#,
        #"{'min_tokens': 0, 'stop_token_ids': [1, 2], 'ignore_eos': False}"#,
        #"session: abc"#,
        #"https://example.com/keys"#,
        #"Loaded 3 API keys: 3"#,
        #"api_keys: 3"#,
        #"Available keys: model, name"#,
        #"keys: ['model', 'name']"#,
        #"dict_keys(['model', 'token', 'api_key'])"#,
        #"required: ["password", "username"]"#,
        #"fields = ('token', 'password')"#,
        #"pwd: /srv"#,
        #"PWD=/srv/models OLDPWD=/root"#,
        #"GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568"#,
        #"tokens/s: 31.2"#,
        #"input_tokens=12 output_tokens=31 cached_tokens=0"#,
        #"token_ids: [1,2,3]"#,
        #"bearer of this "#,
        #"Bearer authentication is used"#,
        #"cookie: none"#,
        #"signature: (x: int) -> str"#,
        #"sig: SIGTERM"#,
        #"credentials: not found"#,
        #"No credentials found"#,
        #"could not find credentials in /home/asr/.aws/credentials"#,
        #"secrets are not supported"#,
        #"password for user "bob": required"#,
        #"token count: 31"#,
        #"the key is model.layers.0"#,
        #"gpu key is cuda:0"#,
        #"std::token::Foo"#,
        #""auth": true"#,
        #""pass": true"#,
        #"--user 1000:1000"#,
        #"docker run -u 1000:1000 x"#,
        #"author: Bob1234567"#,
        #"KEY EVENT: 12"#,
        #"Key: 1"#,
        #""token": 50257"#,
        #""token": null"#,
        #"TOKENIZERS_PARALLELISM=false"#,
        #"HF_TOKEN="#,
        #"SSH_AUTH_SOCK=/tmp/ssh-abc/agent.1"#,
        #"api_key = getpass.getpass()"#,
        #"cosign key: cosign.pub"#,
        #"max_password_length: 128"#,
        #"vocab: tokens.txt"#,
        #"--ssl-keyfile key.pem"#,
        #"cert key: key.pem"#,
        #"access_token_expiry: 3600"#,
        #"refresh_token_count=12"#,
    ]

    static let harmlessLines = [
        "api_key: [\nINFO starting server\nINFO ready", "invalid password:\n    at com.example.Login(Login.java:12)\n",
        "password:\n\nINFO ready at 127.0.0.1:8000", "tokens:\n  - hello\n  - world\n", "token:\n\nnext",
        "    password = password.encode(\"latin-1\")\n    user, pw = split(token)\n", "print(\"token=\" + repr(token))",
        "    raise ValueError(f\"bad token: {token}\")\n", "class Credentials(NamedTuple):\n    password: str\n",
    ]

    @Test(
        arguments: secrets
            + severalLines.filter { !$0.contains("BEGIN") && !$0.contains("END") && !$0.hasPrefix("key = b") })
    func aSecretIsTakenOutAndTheRestStays(line: String) {
        var expected = ""
        for (index, part) in line.split(separator: "§", omittingEmptySubsequences: false).enumerated() {
            expected += index % 2 == 0 ? part : "[redacted]"
        }
        let text = line.filter { $0 != "§" }
        #expect(text != expected)
        #expect(Redaction.redact(text) == expected)
        #expect(Redaction.redact(expected) == expected)
    }

    @Test(arguments: harmless + harmlessLines) func aHarmlessLineStays(line: String) {
        #expect(Redaction.redact(line) == line)
    }

    @Test func aKeyThatIsCutLosesWhatIsLeftOfIt() {
        #expect(
            Redaction.redact("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n[… 9 bytes dropped …]\nlast words")
                == "a\n[redacted][… 9 bytes dropped …]\nlast words")
        #expect(
            Redaction.redact("a\nMIIEAAAABBBBCCCCDDDD\nAAAABBBBCCCC==\n-----END RSA PRIVATE KEY-----\nlast words")
                == "a\n[redacted]\n-----END RSA PRIVATE KEY-----\nlast words")
    }

    /// Dictionaries, lists, tuples and calls in each other, as Python and JSON print them.
    @Test(arguments: 0..<200) func noNestingHidesASecret(seed: UInt64) {
        var nesting = Nesting(seed: seed)
        let text = nesting.text()
        let redacted = Redaction.redact(text)
        #expect(!nesting.secrets.isEmpty)
        for secret in nesting.secrets { #expect(!redacted.contains(secret), "\(text)\n\(redacted)") }
        #expect(redacted.contains("127.0.0.1") && redacted.contains("8000"), "\(text)\n\(redacted)")
    }
}

/// Arguments with a secret somewhere among them.
private struct Nesting {
    private var state: UInt64
    private(set) var secrets: [String] = []

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func text() -> String {
        let name = pick(["api_key", "apiKeys", "OPENAI_API_KEYS", "password", "hf_token", "client_secret", "X-Api-Key"])
        let quote = pick(["'", "\"", "\\\""])
        let line = pick([" ", "\n  ", "\n"])
        let value = value(quote, line, depth: 0)
        let colon = pick([": ", ":"])
        let members = [
            "\(quote)host\(quote)\(colon)\(quote)127.0.0.1\(quote)", "\(quote)\(name)\(quote)\(colon)\(value)",
            "\(quote)port\(quote)\(colon)8000",
        ]
        let before = pick(["", "INFO args: ", "Namespace"])
        return before + "{" + members.joined(separator: "," + line) + "}"
    }

    private mutating func value(_ quote: String, _ line: String, depth: Int) -> String {
        switch depth > 3 ? 0 : random(6) {
        case 1, 2:
            let brackets = pick(["[]", "()", "{}"])
            let elements = (0...random(3)).map { _ in value(quote, line, depth: depth + 1) }
            return brackets.prefix(1) + elements.joined(separator: "," + line) + brackets.suffix(1)
        case 3: return "{\(quote)admin\(quote): \(value(quote, line, depth: depth + 1))}"
        case 4: return "SecretStr(\(string(quote)))"
        case 5: return pick(["b", ""]) + string(quote)
        default: return string(quote)
        }
    }

    private mutating func string(_ quote: String) -> String {
        let secret = pick(["inlist", "Zz-x", "p4ss/", "seed"]) + "\(secrets.count)abc" + pick(["d", "_9+"])
        secrets.append(secret)
        return quote + secret + quote
    }

    private mutating func pick(_ choices: [String]) -> String { choices[random(choices.count)] }

    private mutating func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
