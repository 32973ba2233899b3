import ModelLifecycle

/// Why a header could not be read to its end.
enum HeaderFault: Error, Hashable {
    /// The file ends within it.
    case ends
    /// What is wrong, in a few words.
    case damaged(String)

    /// No file is that long.
    static let length = HeaderFault.damaged("its header has an impossible length")
    static let shape = HeaderFault.damaged("a tensor has an impossible shape")

    var words: String {
        switch self {
        case .ends: "it ends within its header"
        case .damaged(let words): words
        }
    }
}

extension ModelFileHeader {
    /// No file is longer, in bytes: a length beyond it is damage.
    private static var mostBytes: Int64 { 1 << 46 }

    mutating func add(_ fault: HeaderFault) {
        // That it is too short is known already.
        if fault == .ends, missingBytes != nil { return }
        add(damage: fault.words)
    }

    /// The first damage is the one to tell: others follow from it.
    mutating func add(damage words: String) { damage = damage ?? words }

    /// - Parameters:
    ///   - end: where data ends, as the header says; nil if that cannot be computed.
    ///   - size: of the file that has the data.
    mutating func promise(end: Int64?, size: Int64) {
        guard let end, end >= 0, end <= Self.mostBytes else { return add(damage: HeaderFault.length.words) }
        if end > size { missingBytes = (missingBytes ?? 0) + (end - size) }
    }
}

/// How much may be read of a model's files together. Time is bounded by it too: every step of a reader takes a byte
/// at least.
final class ReadingBudget {
    /// Vocabularies of a few hundred thousand words take 20 MB.
    static let usual = 64 << 20

    private(set) var rest: Int

    init(_ bytes: Int = usual) { rest = bytes }

    func spend(_ bytes: Int) throws(HeaderFault) {
        guard bytes <= rest else { throw .damaged("its header is too long to be read") }
        rest -= bytes
    }
}

/// Reads a file from its beginning on and steps over what is not needed.
///
/// A file has gigabytes and its header is scattered over it, so a little is fetched after a step over something, and
/// more while what follows is needed as well.
struct HeaderCursor {
    private static let leastChunk = 4 << 10
    private static let mostChunk = 256 << 10

    let file: any RandomAccess
    let size: Int64
    private let budget: ReadingBudget
    /// Where the next byte is taken from.
    private(set) var position: Int64
    private var chunk: [UInt8] = []
    private var chunkStart: Int64 = 0
    private var nextChunk = leastChunk
    var isBigEndian = false

    init(_ file: any RandomAccess, budget: ReadingBudget, at position: Int64 = 0) {
        self.file = file
        self.budget = budget
        self.position = position
        size = file.size
    }

    var isAtEnd: Bool { position >= size }

    /// - Parameter end: an offset that the header speaks of.
    func require(_ end: Int64) throws(HeaderFault) {
        if end > size { throw .ends }
    }

    /// How far `count` bytes reach from here.
    /// - Throws: if no file can be that long.
    func end(after count: some BinaryInteger) throws(HeaderFault) -> Int64 {
        guard let count = Int64(exactly: count), count >= 0 else { throw .length }
        let (end, overflows) = position.addingReportingOverflow(count)
        guard !overflows else { throw .length }
        return end
    }

    mutating func skip(_ count: some BinaryInteger) throws(HeaderFault) {
        let end = try end(after: count)
        try require(end)
        position = end
    }

    /// - Parameter limit: more than so many bytes are not taken into memory, but are an error.
    mutating func bytes(_ count: some BinaryInteger, limit: Int) throws(HeaderFault) -> ArraySlice<UInt8> {
        let end = try end(after: count)
        try require(end)
        guard let count = Int(exactly: count), count <= limit else {
            throw .damaged("its header has a text that is too long")
        }
        guard count > 0 else { return [] }
        try fetch(count)
        let begin = Int(position - chunkStart)
        position = end
        return chunk[begin..<begin + count]
    }

    /// A text for people; a longer one is cut off.
    mutating func text(_ count: some BinaryInteger) throws(HeaderFault) -> String {
        let end = try end(after: count)
        try require(end)
        let kept = min(Int64(HeaderText.limit), end - position)
        let text = HeaderText.text(try bytes(kept, limit: HeaderText.limit))
        position = end
        return text
    }

    mutating func byte() throws(HeaderFault) -> UInt8 {
        if position >= chunkStart, position - chunkStart < Int64(chunk.count) {
            let byte = chunk[Int(position - chunkStart)]
            position += 1
            return byte
        }
        try require(try end(after: 1))
        try fetch(1)
        position += 1
        return chunk[Int(position - 1 - chunkStart)]
    }

    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(HeaderFault) -> Integer {
        let count = Integer.bitWidth / 8
        let bytes = try bytes(count, limit: count)
        var value: UInt64 = 0
        for byte in isBigEndian ? Array(bytes) : bytes.reversed() { value = value << 8 | UInt64(byte) }
        return Integer(truncatingIfNeeded: value)
    }

    /// Has at least `count` bytes from `position` on in `chunk`; they are known to be within the file.
    private mutating func fetch(_ count: Int) throws(HeaderFault) {
        let within = position - chunkStart
        if within >= 0, within + Int64(count) <= Int64(chunk.count) { return }
        let followsChunk = within >= 0 && within <= Int64(chunk.count)
        nextChunk = followsChunk ? min(nextChunk * 2, Self.mostChunk) : Self.leastChunk
        let wanted = max(count, nextChunk)
        let fetched = file.read(at: position, count: Int(min(Int64(wanted), size - position)))
        // An empty answer has its price too.
        try budget.spend(max(1, fetched.count))
        guard fetched.count >= count else { throw .damaged("it cannot be read") }
        chunk = fetched
        chunkStart = position
    }
}

/// Texts of a header, for people.
enum HeaderText {
    /// In bytes.
    static let limit = 200

    /// - Returns: the text on one line, without what cannot be printed.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text = String(decoding: Array(bytes.prefix(limit)), as: UTF8.self)
        text.unicodeScalars.removeAll { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) }
        return text
    }

    /// - Returns: nil if there is nothing to say.
    static func optional(_ text: String?) -> String? {
        guard let text else { return nil }
        let short = self.text(text.utf8)
        return short.isEmpty ? nil : short
    }
}

/// Counts of a header that may be anything.
enum HeaderCount {
    /// More is no count of parameters, and a number that JSON can keep exactly.
    static let most: Int64 = 1 << 53

    /// The product of a shape.
    /// - Returns: nil if it is too large.
    static func product(_ shape: some Sequence<some BinaryInteger>) -> Int64? {
        var product: Int64 = 1
        for side in shape {
            guard let side = Int64(exactly: side), side >= 0 else { return nil }
            let (next, overflows) = product.multipliedReportingOverflow(by: side)
            guard !overflows, next <= most else { return nil }
            product = next
        }
        return product
    }

    /// - Returns: nil if it is too large.
    static func sum(_ one: Int64, _ other: Int64) -> Int64? {
        let (sum, overflows) = one.addingReportingOverflow(other)
        return overflows || sum > most ? nil : sum
    }
}

/// How many parameters are stored in which way.
struct ParameterTally {
    private(set) var tensors: Int64 = 0
    /// nil once there are too many.
    private(set) var parameters: Int64? = 0
    private var byType: [String: Int64] = [:]

    /// - Parameter type: how they are stored.
    mutating func add(_ count: Int64, as type: String) {
        tensors += 1
        parameters = parameters.flatMap { HeaderCount.sum($0, count) }
        // Types come from small tables, but in a damaged header they may not.
        if byType[type] != nil || byType.count < 64 { byType[type, default: 0] &+= count }
    }

    /// How most of them are stored.
    var mostFrequent: String? {
        byType.max { ($0.value, $1.key) < ($1.value, $0.key) }.flatMap { $0.value > 0 ? $0.key : nil }
    }
}
