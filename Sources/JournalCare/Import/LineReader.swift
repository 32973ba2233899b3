import Foundation
import JournalReports
import LifecycleJournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The lines of a file, however large it is, with little of it in memory.
struct LineReader {
    /// A longer line is none that an export has written: 64 KiB of output are its largest part.
    static let longestLine = 8 << 20

    private let descriptor: Int32
    private let name: String
    private var unread = Data()
    private var isAtEnd = false
    private(set) var number = 0

    /// - Parameter name: of what is read, for errors.
    init(_ descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// The next line without its end; nil after the last. A last line without an end counts as well.
    mutating func next() throws -> Data? {
        var searched = 0
        while true {
            if let end = unread.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                number += 1
                let line = Data(unread[unread.startIndex..<end])
                unread = unread[(end + 1)...]
                return line
            }
            searched = unread.count
            guard !isAtEnd else {
                guard !unread.isEmpty else { return nil }
                number += 1
                defer { unread = Data() }
                return unread
            }
            guard searched <= Self.longestLine else {
                throw JournalError(.invalidData, name, "line \(number + 1) is longer than 8 MiB")
            }
            try fill()
        }
    }

    private mutating func fill() throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var count = read(descriptor, &buffer, buffer.count)
        while count < 0, errno == EINTR { count = read(descriptor, &buffer, buffer.count) }
        guard count >= 0 else {
            let code = errno
            throw JournalError(code == EISDIR ? .invalidData : .inputOutput, name, String(cString: strerror(code)))
        }
        if count == 0 { isAtEnd = true }
        // What was handed out is let go of here.
        unread = Data(unread) + buffer[..<count]
    }
}
