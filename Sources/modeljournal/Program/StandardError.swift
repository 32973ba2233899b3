import Foundation

enum StandardError {
    static func line(_ text: String) { write(text + "\n") }

    /// What cannot be written is lost: a full disk or a reader that has gone must not end an engine, as
    /// `FileHandle` would.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
