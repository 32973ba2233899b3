/// The beginning and the end of what a server has written, within a fixed amount of memory: the first
/// lines say what it was started as, the last ones why it died.
struct OutputRings {
    private let headLimit: Int
    private let tailLimit: Int
    private var head: [UInt8] = []
    /// A ring once it is full.
    private var tail: [UInt8] = []
    private var tailStart = 0
    private(set) var total = 0

    /// - Parameter limit: how many bytes are kept in all.
    init(limit: Int = 64 << 10) {
        headLimit = limit / 4
        tailLimit = limit - headLimit
        head.reserveCapacity(headLimit)
    }

    /// How many bytes were neither in the head nor in the tail.
    var dropped: Int { total - head.count - tail.count }

    mutating func append(_ bytes: some Collection<UInt8>) {
        Array(bytes).withUnsafeBytes { append($0) }
    }

    /// In blocks, as a server may write faster than bytes can be looked at one by one.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        total += bytes.count
        var rest = bytes[...]
        if head.count < headLimit {
            let taken = rest.prefix(headLimit - head.count)
            head.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
        }
        // Only the last of it can stay.
        rest = rest.suffix(tailLimit)
        if tail.count < tailLimit {
            let taken = rest.prefix(tailLimit - tail.count)
            tail.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
        }
        while !rest.isEmpty {
            let block = rest.prefix(tailLimit - tailStart)
            tail.withUnsafeMutableBytes { bytes in
                let place = bytes[tailStart..<tailStart + block.count]
                UnsafeMutableRawBufferPointer(rebasing: place).copyMemory(from: UnsafeRawBufferPointer(rebasing: block))
            }
            tailStart = (tailStart + block.count) % tailLimit
            rest = rest.dropFirst(block.count)
        }
    }

    /// Both ends as text, with a line between them that says how much is missing. Bytes that are not
    /// UTF-8 become U+FFFD.
    var text: String {
        let end = tail[tailStart...] + tail[..<tailStart]
        guard dropped > 0 else { return String(decoding: head + end, as: UTF8.self) }
        // The cuts may go through a character or a line; whole lines are worth more.
        let first = head.lastIndex(of: newline).map { head[...$0] } ?? head[...]
        let last = end.firstIndex(of: newline).map { end[end.index(after: $0)...] } ?? end[...]
        let missing = total - first.count - last.count
        return String(decoding: first, as: UTF8.self) + "[… \(missing) bytes dropped …]\n"
            + String(decoding: last, as: UTF8.self)
    }
}

private let newline = UInt8(ascii: "\n")
