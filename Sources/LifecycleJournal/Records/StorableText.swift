import ModelLifecycle

/// Texts as a journal stores them: without secrets, and bounded.
package enum StorableText {
    /// The longest message that is stored, in bytes.
    package static let messageLimit = 4096
    /// The longest output tail that is stored, in bytes.
    package static let outputLimit = 64 << 10

    package static func message(_ text: String) -> String {
        Redaction.bounded(Redaction.redact(text), maximumBytes: messageLimit)
    }

    /// What a process has said last.
    package static func output(_ text: String) -> String {
        Redaction.boundedTail(Redaction.redact(text), maximumBytes: outputLimit)
    }
}
