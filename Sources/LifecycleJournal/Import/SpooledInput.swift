import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file's bytes, which are all there: those of a pipe are copied to a temporary file without a name first, as whoever
/// writes the pipe may take its time.
final class SpooledInput {
    let descriptor: Int32
    private let isCopy: Bool

    /// - Parameter name: of what is read, for errors.
    init(_ source: Int32, name: String) throws {
        var status = stat()
        isCopy = fstat(source, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
        guard isCopy else {
            descriptor = source
            return
        }
        var template = Array((NSTemporaryDirectory() + "/modeljournal-import.XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.error(errno, NSTemporaryDirectory()) }
        unlink(template)
        do { try copy(source, name) } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { if isCopy { close(descriptor) } }

    private func copy(_ source: Int32, _ name: String) throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.error(errno, name) }
            if count == 0 { break }
            var written = 0
            while written < count {
                let step = buffer.withUnsafeBytes { bytes in
                    write(descriptor, bytes.baseAddress?.advanced(by: written), count - written)
                }
                if step < 0, errno == EINTR { continue }
                guard step >= 0 else { throw Self.error(errno, NSTemporaryDirectory()) }
                written += step
            }
        }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.error(errno, NSTemporaryDirectory()) }
    }

    private static func error(_ code: Int32, _ name: String) -> JournalError {
        let kind: JournalError.Code =
            code == EISDIR ? .invalidData : code == ENOSPC || code == EDQUOT ? .diskFull : .inputOutput
        return JournalError(kind, name, String(cString: strerror(code)))
    }
}
