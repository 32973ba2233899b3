/// Lines that are no cause whatever they say: requests, frames of a debugger, warnings of an interpreter.
enum Noise {
    static func isNoise(_ line: OutputLine, words: Words) -> Bool {
        isNote(line.bytes) || isDebugger(line.bytes) || isListed(line)
            || (line.level != .error && isAccess(line.bytes, words: words))
            || isWarningOfPython(line.bytes) || Phrases.known.occurs(in: words) || Phrases.probes.occurs(in: words)
            || line.bytes.has("\"modeljournal\"") || isRule(line.bytes)
    }

    /// A numbered frame of Rust, `  12: core::panicking::panic`, or a line of a list of options.
    private static func isListed(_ line: OutputLine) -> Bool {
        guard line.indent > 0, let first = line.bytes.first else { return false }
        if first == UInt8(ascii: "-") {
            return line.bytes.count > 1 && (line.bytes[1].isLetter || line.bytes[1] == first)
        }
        return line.bytes.afterDigits(at: 0, most: 3).map { line.bytes.has(": ", at: $0) } ?? false
    }

    /// The journal's own note about what was not kept.
    static func isNote(_ bytes: [UInt8]) -> Bool { bytes.has("[…", at: 0) && bytes.has(" dropped …]") }

    /// A line of dashes, a row of a table's frame.
    private static func isRule(_ bytes: [UInt8]) -> Bool {
        !bytes.contains { $0.isLetter || $0.isDigit }
    }

    /// `"GET /health HTTP/1.1" 503`, `GET /health 200`, and what frameworks make of it.
    /// For lines that have not been read yet, and of which few are requests.
    static func isAccess(_ line: OutputLine) -> Bool {
        guard line.level != .error, line.indent == 0 || line.level != nil else { return false }
        let marks: [StaticString] = ["HTTP/", "GET ", "POST ", "HEAD "]
        guard marks.contains(where: { line.bytes.has($0) }) else { return false }
        return isAccess(line.bytes, words: Words(line.bytes))
    }

    static func isAccess(_ bytes: [UInt8], words: Words) -> Bool {
        guard words.words.contains(where: { methods.contains($0) }) else { return false }
        if bytes.has("rror:") || bytes.has("xception") { return false }
        for (index, word) in words.words.enumerated() where methods.contains(word) {
            let start = words.starts[index]
            // In capitals, as a method is written.
            guard bytes[start].isUppercase else { continue }
            var next = words.ends[index]
            while next < bytes.count, bytes[next].isOne(of: " \"'|\t") { next += 1 }
            guard next < bytes.count, bytes[next] == UInt8(ascii: "/") || bytes.has("http", at: next) else { continue }
            if bytes.has("HTTP/") { return true }
            if words.words.contains(where: {
                $0.count == 3 && $0 >= "100" && $0 < "600" && $0.utf8.allSatisfy(\.isDigit)
            }) {
                return true
            }
        }
        return false
    }

    private static let methods: Set<String> = ["get", "post", "head", "put", "delete", "options", "patch"]

    /// gdb, and backtraces of C, C++, absl and PyTorch.
    static func isDebugger(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return false }
        switch first {
        case UInt8(ascii: "#"): return bytes.afterDigits(at: 1) != nil
        case UInt8(ascii: "["):
            return bytes.has("] *** ") || bytes.has("[New LWP", at: 0) || bytes.has("[Thread ", at: 0)
                || bytes.has("[Inferior ", at: 0)
                || bytes.has("[Current thread", at: 0)
        case UInt8(ascii: "@"): return bytes.has("0x") || bytes.has("(nil)")
        case UInt8(ascii: "*"):
            return bytes.has("*** Check failure stack trace", at: 0) || bytes.has("*** Begin stack trace", at: 0)
                || bytes.has("*** End stack trace", at: 0) || bytes.has("*** SIGABRT received at", at: 0)
        default: break
        }
        for start: StaticString in [
            "Thread 1 \"", "Using host libthread_db", "0x0000", "warning: could not find '.gnu_debug",
            "warning: process ",
            "No symbol table", "For help, type", "Type \"show", "This GDB", "Enable debuginfod", "ptrace: ",
            "Could not attach to process", "If your uid matches", "No stack.", "The program is not being run",
            "frame #", "PC: @", "PC=0x", "signal arrived during cgo", "Stack trace:", "stack backtrace:", "Backtrace:",
            "Stacktrace:",
            "C++ CapturedTraceback",
            "Extension modules:", "Current thread 0x", "Thread 0x",
            "note: run with `RUST_BACKTRACE", "note: Some details are omitted", "WARNING: Using native backtrace",
        ] where bytes.has(start, at: 0) {
            return true
        }
        if bytes.has("../sysdeps/") || bytes.has("../nptl/") { return true }
        // `rax    0x7f00`, the registers that Go prints.
        let tokens = bytes.count < 40 ? bytes.split(whereSeparator: \.isBlank) : []
        if tokens.count == 2, tokens[0].count < 8, tokens[1].starts(with: "0x".utf8) { return true }
        // `./libggml.so(ggml_abort+0x11f)[0x7f…]`.
        return bytes.last == UInt8(ascii: "]") && bytes.has("+0x") && bytes.has("[0x")
    }

    /// `/path/module.py:12: UserWarning: …`, and the source line that follows it.
    static func isWarningOfPython(_ bytes: [UInt8]) -> Bool {
        if bytes.has("warnings.warn(") || bytes.has("warn(", at: 0) { return true }
        guard let place = bytes.firstPlace(of: "Warning: ") else { return false }
        var start = place
        while start > 0, bytes[start - 1].isNamePart { start -= 1 }
        return start < place && (start == 0 || bytes[start - 1].isBlank || bytes[start - 1] == UInt8(ascii: "."))
    }
}
