internal import CPocketSphinx
import ModelLifecycle

/// What the library said during one call: the last 64 KiB of it, and its errors apart.
///
/// One instance belongs to one call, on one thread.
package final class LibraryLog {
    /// How much of the log is kept, in bytes.
    package static let capacity = 64 * 1024

    /// The first errors, each in one line; their number is bounded, `errorCount` is not.
    package private(set) var errors: [String] = []
    package private(set) var errorCount = 0
    /// Words of a dictionary that the library left out because it could not use them.
    package private(set) var ignoredWords = 0

    /// Words of the dictionary that the library can use; nil before it has read one.
    package private(set) var acceptedWords: Int?

    /// What the library last began to do with a file, e.g. `Reading mixture gaussian parameter: /…/means`.
    private var lastFile: String?

    private var text: [UInt8] = []
    private let onLine: () -> Void

    /// - Parameter onLine: called whenever the library says something.
    package init(onLine: @escaping () -> Void = {}) { self.onLine = onLine }

    /// - Parameters:
    ///   - level: the library's own number of it.
    ///   - entry: what it passed to its log function in one call.
    package func append(level: Int32, _ entry: some BidirectionalCollection<UInt8>) {
        text.append(contentsOf: entry)
        if entry.last != UInt8(ascii: "\n"), level >= CPS_LEVEL_ERROR { text.append(UInt8(ascii: "\n")) }
        // Cutting at twice the capacity keeps the cost of a flood of lines linear.
        if text.count > 2 * Self.capacity { text.removeFirst(text.count - Self.capacity) }
        if level >= CPS_LEVEL_ERROR {
            note(error: summaryLine(of: entry))
        } else {
            note(progress: summaryLine(of: entry))
        }
        onLine()
    }

    private func note(progress line: String) {
        if errorCount == 0, line.contains(": /") { lastFile = line }
        // `134723 words read`, once for the dictionary, then for the fillers.
        guard acceptedWords == nil, line.hasSuffix(" words read") else { return }
        acceptedWords = line.split(separator: " ").first.flatMap { Int($0) }
    }

    private func note(error line: String) {
        if line.hasSuffix("; ignored") || line.hasSuffix(" ignored") || line.hasPrefix("Missing base word for") {
            ignoredWords += 1
            if errors.count >= 2 { return }
        } else {
            errorCount += 1
        }
        if errors.count < 16, !errors.contains(line) { errors.append(line) }
    }

    /// All that is kept, from the first whole line on; nil if the library said nothing.
    package var tail: String? {
        var kept = text.suffix(Self.capacity)
        if kept.count < text.count, let end = kept.firstIndex(of: UInt8(ascii: "\n")) {
            kept = kept[(end + 1)...]
        }
        guard !kept.isEmpty else { return nil }
        // Repairing bytes of a damaged file that the library quotes can make the text longer.
        var repaired = String(decoding: kept, as: UTF8.self)
        while repaired.utf8.count > Self.capacity { repaired.removeFirst() }
        return repaired
    }

    /// The errors in one readable line, or the last thing said if there are none.
    package var summary: String {
        if !errors.isEmpty {
            var shown = errors.prefix(3).joined(separator: "; ")
            if errors.count > 3 { shown += "; and \(errors.count - 3) more" }
            // `Checksum error` alone does not say of which file.
            if let lastFile, !shown.contains("/") { shown += " (\(lastFile))" }
            return shown
        }
        let last = text.split(separator: UInt8(ascii: "\n")).last
        return last.map { "the library gives no reason; its last line is: \(summaryLine(of: $0))" }
            ?? "the library gives no reason"
    }
}

/// A log entry as one line of at most 240 characters, without level, source file and unprintable bytes.
private func summaryLine(of entry: some BidirectionalCollection<UInt8>) -> String {
    var line = String(decoding: entry, as: UTF8.self)
    // `ERROR: "dict.c", line 275: Failed …`, `INFO: dict.c(333): Reading …`
    if let level = line.firstRange(of: ": "), ["ERROR", "FATAL", "WARN", "INFO"].contains(line[..<level.lowerBound]),
        let place = line[level.upperBound...].firstRange(of: ": ")
    {
        line = String(line[place.upperBound...])
    }
    let words = line.unicodeScalars.split { $0.value <= 0x20 || $0.value == 0x7F }
    // Before it is cut: a path may have a secret in it.
    let shown = Redaction.redact(words.map { String($0) }.joined(separator: " "))
    return shown.count > 240 ? shown.prefix(239) + "…" : shown
}

extension LibraryLog {
    /// Runs a call of the shim with this log; the shim calls it on the same thread, and not later.
    func withCallback<Result>(_ body: (cps_log, UnsafeMutableRawPointer) -> Result) -> Result {
        withExtendedLifetime(self) {
            body(
                { context, level, text in
                    guard let context else { return }
                    let log = Unmanaged<LibraryLog>.fromOpaque(context).takeUnretainedValue()
                    let length = text.withMemoryRebound(to: UInt8.self, capacity: 1) { bytes in
                        var length = 0
                        while bytes[length] != 0 { length += 1 }
                        return length
                    }
                    log.append(level: level, UnsafeRawBufferPointer(start: text, count: length))
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }
}
