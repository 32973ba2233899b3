import Foundation
import ModelLifecycle

/// A command line as it may be recorded. What is known to be harmless stays; any other value is left
/// out: nobody can list all the flags that take a secret.
struct RecordedCommand: Sendable, Hashable {
    static let mark = Redaction.mark

    let words: [String]
    /// False where something was left out, so that the command cannot be run again from the record.
    var isComplete: Bool { !words.contains { $0.contains(Self.mark) } }

    /// - Parameter isFile: whether a path names something on this machine.
    init(_ command: [String], isFile: (String) -> Bool = { FileManager.default.fileExists(atPath: $0) }) {
        var words: [String] = []
        var flag: String?
        for (index, word) in command.enumerated() {
            defer { flag = word.hasPrefix("-") && !word.contains("=") ? word : nil }
            if index == 0 {
                words.append(Redaction.redact(word))
            } else if word.hasPrefix("-"), let equals = word.firstIndex(of: "=") {
                let name = String(word[..<equals])
                let value = String(word[word.index(after: equals)...])
                words.append("\(name)=\(Self.isHarmless(value, of: name, isFile) ? value : Self.mark)")
            } else if word.hasPrefix("-"), !Self.isNumber(word) {
                // A flag's own name says nothing; one that is a secret by its looks does.
                words.append(word.utf8.count <= 64 ? Redaction.redact(word) : Self.mark)
            } else {
                words.append(Self.isHarmless(word, of: flag, isFile) ? word : Self.mark)
            }
        }
        self.words = words
    }

    private static func isHarmless(_ value: String, of flag: String?, _ isFile: (String) -> Bool) -> Bool {
        guard value.utf8.count <= 4096, Redaction.redact(value) == value else { return false }
        // By its flag's name even a number may be a secret: `--password 12345678`, but not `--max-tokens 512`.
        if let flag, Redaction.redact("\(flag)=\(value)") != "\(flag)=\(value)" { return false }
        if isNumber(value) || ["true", "false", "on", "off", "auto", "none"].contains(value) { return true }
        guard let flag else { return isFile(value) || isPlainWord(value) }
        let name = String(flag.drop { $0 == "-" }).lowercased().replacing("_", with: "-")
        guard !name.contains(where: \.isWhitespace), !isSecret(name) else { return false }
        return harmlessFlags.contains(name) || isFile(value)
    }

    /// A subcommand, a module, a model's name: `serve`, `vllm.entrypoints.openai.api_server`, `meta-llama/Llama-3`.
    private static func isPlainWord(_ word: String) -> Bool {
        word.utf8.count <= 80 && word.contains(where: \.isLetter)
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/:@".contains($0)) }
            && word.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).allSatisfy { part in
                // Long mixtures of letters and digits are what keys look like.
                part.count < 20 || part.allSatisfy(\.isLetter)
            }
    }

    private static func isNumber(_ text: String) -> Bool {
        var digits = text[...]
        if digits.hasPrefix("-") { digits = digits.dropFirst() }
        return !digits.isEmpty && digits.count <= 12 && digits.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
    }

    private static func isSecret(_ flag: String) -> Bool {
        ["key", "token", "secret", "password", "passwd", "auth", "credential", "header", "cookie"].contains {
            flag.contains($0)
        }
    }

    /// Flags of the servers that have presets whose values are names and places. Numbers need no entry,
    /// and short flags mean something else to every program: `-c` takes code in some, `-p` a password.
    private static let harmlessFlags: Set<String> = [
        "m", "model", "model-path", "model-name", "model-id", "model-dir", "model-base-path", "model-repository",
        "model-store", "models", "served-model-name", "mmproj", "draft-model", "lora", "tokenizer", "config",
        "ts-config", "config-file", "host", "address", "bind", "listen", "tensor-split", "split-mode", "device",
        "dtype", "quantization", "load-format", "revision", "language", "log-level", "backend", "runner", "task",
    ]
}
