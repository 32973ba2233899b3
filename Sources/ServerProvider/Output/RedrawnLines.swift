#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// Replaces each line that was redrawn with carriage returns by what it showed last, as a terminal does. A progress bar
/// writes megabytes into one line, and the error after it is the part that matters.
///
/// A carriage return before a line feed is part of the line's end, and may stay. Anywhere else the line begins again with
/// the next byte.
struct RedrawnLines {
    /// The line that is still being written, as it stands now.
    private(set) var unfinished: [UInt8] = []
    private var isAtItsBeginning = false

    /// A longer line is passed on before it is finished, and its beginning stays whatever is drawn over it.
    static let longestUnfinished = 16 << 10

    /// Lines without carriage returns are passed on in blocks.
    /// - Parameter pass: gets what is settled, in order.
    /// - Returns: whether the line that was being written before has begun again.
    mutating func append(_ bytes: UnsafeRawBufferPointer, _ pass: (UnsafeRawBufferPointer) -> Void) -> Bool {
        var rest = bytes
        var (hasBegunAgain, isFirstLine) = (false, true)
        while let first = rest.first {
            if isAtItsBeginning {
                if first == carriageReturn {
                    rest = rest.after(1)
                    continue
                }
                isAtItsBeginning = false
                if first != lineFeed {
                    if isFirstLine, !unfinished.isEmpty { hasBegunAgain = true }
                    unfinished.removeAll(keepingCapacity: true)
                }
            }
            let end = rest.firstLoneReturn ?? rest.count
            if write(UnsafeRawBufferPointer(rebasing: rest[..<end]), pass) { isFirstLine = false }
            isAtItsBeginning = end < rest.count
            rest = rest.after(end + 1)
        }
        return hasBegunAgain
    }

    /// - Returns: whether it ended a line.
    private mutating func write(_ bytes: UnsafeRawBufferPointer, _ pass: (UnsafeRawBufferPointer) -> Void) -> Bool {
        let last = bytes.last(lineFeed)
        if let last {
            passUnfinished(pass)
            pass(UnsafeRawBufferPointer(rebasing: bytes[...last]))
        }
        unfinished += bytes.after(last.map { $0 + 1 } ?? 0)
        if unfinished.count > Self.longestUnfinished { passUnfinished(pass) }
        return last != nil
    }

    private mutating func passUnfinished(_ pass: (UnsafeRawBufferPointer) -> Void) {
        guard !unfinished.isEmpty else { return }
        unfinished.withUnsafeBytes(pass)
        unfinished.removeAll(keepingCapacity: true)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func after(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: dropFirst(count))
    }

    /// The first carriage return that no line feed follows. Lines that end with both are passed over in one go.
    fileprivate var firstLoneReturn: Int? {
        var start = 0
        while let place = after(start).first(carriageReturn) {
            let next = start + place + 1
            guard next < count, self[next] == lineFeed else { return next - 1 }
            start = next + 1
        }
        return nil
    }

    /// By the C library, which looks at many bytes at once.
    fileprivate func first(_ byte: UInt8) -> Int? {
        guard let baseAddress, let found = memchr(baseAddress, Int32(byte), count) else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }

    fileprivate func last(_ byte: UInt8) -> Int? {
        // It is usually near the end. Without one, no byte has to be looked at here.
        guard var place = first(byte) else { return nil }
        for next in stride(from: count - 1, to: place, by: -1) where self[next] == byte {
            place = next
            break
        }
        return place
    }
}

private let carriageReturn = UInt8(ascii: "\r")
private let lineFeed = UInt8(ascii: "\n")

extension Collection<UInt8> {
    /// Of whole lines, without the carriage returns at their ends.
    var withoutReturns: [UInt8] { filter { $0 != carriageReturn } }
}
