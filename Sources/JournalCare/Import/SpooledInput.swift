import Foundation
import JournalReports
import LifecycleJournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file whose lines are all there: those of a pipe are copied to a temporary file without a name first, as whoever
/// writes the pipe may take its time.
final class SpooledInput {
    let descriptor: Int32
    private let isCopy: Bool

    /// - Parameters:
    ///   - name: of what is read, for errors.
    ///   - check: looks at each line that is copied, with its number. What never ends and is no export, as `/dev/zero`,
    ///     ends there.
    init(_ source: Int32, name: String, _ check: (Data, Int) throws -> Void) throws {
        var status = stat()
        isCopy = fstat(source, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
        guard isCopy else {
            descriptor = source
            return
        }
        var template = Array((NSTemporaryDirectory() + "/modeljournal-import.XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.error(errno) }
        unlink(template)
        // Where this throws all is set, and so `deinit` closes the copy.
        try copy(LineReader(source, name: name), check)
    }

    deinit { if isCopy { close(descriptor) } }

    private func copy(_ lines: LineReader, _ check: (Data, Int) throws -> Void) throws {
        var lines = lines
        var unwritten = Data()
        while let line = try lines.next() {
            try check(line, lines.number)
            unwritten += line + [UInt8(ascii: "\n")]
            if unwritten.count >= 1 << 18 {
                try write(unwritten)
                unwritten = Data()
            }
        }
        try write(unwritten)
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.error(errno) }
    }

    private func write(_ bytes: Data) throws {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.error(errno) }
            bytes = bytes.dropFirst(count)
        }
    }

    private static func error(_ code: Int32) -> JournalError {
        JournalError(
            code == ENOSPC || code == EDQUOT ? .diskFull : .inputOutput, NSTemporaryDirectory(),
            "what is to be imported cannot be kept there: \(String(cString: strerror(code)))")
    }
}
