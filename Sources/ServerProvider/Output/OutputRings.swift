/// The beginning and the end of what a server has written, within a fixed amount of memory: the first
/// lines say what it was started as, the last ones why it died.
///
/// A line that was redrawn with carriage returns counts as its last state, and all numbers count bytes after that.
struct OutputRings {
    private let headLimit: Int
    private let tailLimit: Int
    private var lines = RedrawnLines()
    private var head: [UInt8] = []
    /// A ring once it is full.
    private var tail: [UInt8] = []
    private var tailStart = 0
    /// How many bytes have gone into the rings. The line that is still being written is not in them.
    private var settled = 0
    /// Lines that begin here or later were written after the server was READY; nil before.
    private var ready: Int?

    /// What a journal stores of one failure, with room for the note and for words that become longer once a secret in
    /// them is replaced.
    static let usualLimit = (64 << 10) - 1024

    /// - Parameter limit: how many bytes are kept in all.
    init(limit: Int = usualLimit) {
        headLimit = limit / 4
        tailLimit = limit - headLimit
        head.reserveCapacity(headLimit)
    }

    /// How many bytes have come.
    var total: Int { settled + lines.unfinished.count }
    /// How many of them were neither in the head nor in the tail.
    var dropped: Int { max(0, total - headLimit - tailLimit) }

    // MARK: - Input

    mutating func append(_ bytes: some Collection<UInt8>) {
        Array(bytes).withUnsafeBytes { append($0) }
    }

    /// In blocks, as a server may write faster than bytes can be looked at one by one.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var lines = lines
        self.lines = RedrawnLines()
        let before = settled
        let hasBegunAgain = lines.append(bytes) { settle($0) }
        self.lines = lines
        // What stands in the redrawn line now was written after READY.
        if hasBegunAgain, let ready, ready > before { self.ready = before }
    }

    /// What comes from now on, comes from a server that is READY.
    mutating func markReady() { ready = lines.unfinished.isEmpty ? settled : settled + 1 }

    private mutating func settle(_ bytes: UnsafeRawBufferPointer) {
        settled += bytes.count
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

    // MARK: - Output

    /// Both ends as text, with a line between them that says how much is missing.
    var text: String { kept.text }

    /// How many lines at the end of the text were written after the server was READY; nil if it never was.
    var linesSinceReady: Int? { ready.map { kept.lines(from: $0) } }

    private var kept: OutputExcerpt { finished.excerpt(from: 0, to: total, limit: headLimit + tailLimit) }

    /// What was written since a position, in whole lines.
    /// - Parameters:
    ///   - position: 0, or what an earlier call has returned.
    ///   - maximumBytes: the middle of what is longer is left out.
    ///   - isFinal: nothing more will come, so that a line without an end counts as well.
    /// - Returns: nil if there is nothing new.
    func output(since position: Int, maximumBytes: Int, isFinal: Bool) -> (text: String, position: Int)? {
        let rings = isFinal ? finished : self
        let end = isFinal ? rings.settled : rings.endOfLastLine
        guard end > position else { return nil }
        return (rings.excerpt(from: position, to: end, limit: maximumBytes).text, end)
    }

    /// With the line that is still being written.
    private var finished: OutputRings {
        guard !lines.unfinished.isEmpty else { return self }
        var rings = self
        rings.lines.unfinished.withUnsafeBytes { rings.settle($0) }
        rings.lines = RedrawnLines()
        return rings
    }

    private var endOfLastLine: Int {
        let line = bytes(firstOfTail..<settled)
        if let last = line.lastIndex(of: newline) { return firstOfTail + last + 1 }
        return head.lastIndex(of: newline).map { $0 + 1 } ?? 0
    }

    /// The number of the first byte in the tail.
    private var firstOfTail: Int { settled - tail.count }

    /// A quarter of the limit is for the beginning, the rest for the end.
    private func excerpt(from position: Int, to end: Int, limit: Int) -> OutputExcerpt {
        let isWhole = position >= firstOfTail || firstOfTail == head.count
        if isWhole, end - position <= limit {
            return OutputExcerpt(start: position, whole: bytes(position..<end), limit: limit)
        }
        var firstEnd = position + limit / 4
        var lastStart = end - (limit - limit / 4)
        if !isWhole {
            firstEnd = max(position, min(firstEnd, head.count))
            lastStart = min(end, max(lastStart, firstOfTail))
        }
        lastStart = max(lastStart, firstEnd)
        return OutputExcerpt(
            start: position, beginning: bytes(position..<firstEnd), end: bytes(lastStart..<end), endStart: lastStart,
            limit: limit)
    }

    /// Bytes that are all in the head, all in the tail, or in both of which nothing is missing between.
    private func bytes(_ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        if range.lowerBound < head.count { result += head[range.lowerBound..<min(head.count, range.upperBound)] }
        guard range.upperBound > max(head.count, firstOfTail) else { return result }
        let from = max(range.lowerBound, firstOfTail) - firstOfTail
        let count = range.upperBound - firstOfTail - from
        let start = tail.isEmpty ? 0 : (tailStart + from) % tail.count
        let straight = min(count, tail.count - start)
        result += tail[start..<start + straight]
        result += tail[..<(count - straight)]
        return result
    }
}

private let newline = UInt8(ascii: "\n")
