/// Checks a language model. The library reads the binary form without noticing its end, and follows
/// what it makes of the rest.
///
/// DMP files, a form of before 2015, are left to the library, which does not notice all damage to them.
func checkLanguageModel(_ path: String) throws(DamagedModel) {
    // The library would start a shell for these, and not notice how it ends.
    for suffix in [".gz", ".bz2", ".Z"] where path.hasSuffix(suffix) {
        throw DamagedModel(unreadable: path, "decompress it first")
    }
    var file = try ModelBytes(path: path)
    if file.starts(with: "Trie Language Model") {
        try checkTrie(&file)
    } else {
        try checkCounts(file)
    }
}

/// The longest n-grams the library has room for.
private let maximumOrder = 5

private func checkTrie(_ file: inout ModelBytes) throws(DamagedModel) {
    try file.skip("Trie Language Model".utf8.count, "its header")
    let orderAt = file.position
    try file.skip(1, "its header")
    let order = Int(file.bytes[orderAt])
    guard (1...maximumOrder).contains(order) else { throw file.damaged("its order \(order) is not 1 to 5") }
    var counts: [Int] = []
    for _ in 0..<order { counts.append(try file.int32("its header")) }
    // Numbers of n-grams take up to 25 bits.
    guard counts.allSatisfy({ (0..<(1 << 25)).contains($0) }), counts[0] > 0 else {
        throw file.damaged("its numbers of n-grams make no sense")
    }
    if order > 1 {
        // Tables of 65536 probabilities and, but for the longest n-grams, as many backoff weights.
        try file.skip(4 + (2 * (order - 2) + 1) * 65536 * 4, "its tables of weights")
    }

    let unigrams = file.position
    try file.skip(12 * (counts[0] + 1), "its words' weights")
    // How many n-grams of the next level can be reached; the numbers in the header may be larger.
    var reached = 0
    if order > 1 {
        let successors = PackedNumbers(start: 8 * (unigrams + 8), step: 8 * 12, bits: 32, count: counts[0] + 1)
        reached = try successors.last(upTo: counts[1], in: file)
    }
    let wordBits = bits(for: counts[0])
    for level in 1..<max(1, order - 1) {
        let pointerBits = bits(for: counts[level + 1])
        let step = wordBits + 32 + pointerBits
        let start = file.position
        try file.skip(((counts[level] + 1) * step + 7) / 8 + 8, "its \(level + 1)-grams")
        let successors = PackedNumbers(
            start: 8 * start + wordBits + 32, step: step, bits: pointerBits, count: reached + 1)
        reached = try successors.last(upTo: counts[level + 1], in: file)
    }
    if order > 1 {
        try file.skip(((counts[order - 1] + 1) * (wordBits + 16) + 7) / 8 + 8, "its \(order)-grams")
    }
    let words = try file.int32("its words")
    let wordsStart = file.position
    try file.skip(words, "its words")
    guard file.bytes[wordsStart..<(wordsStart + words)].count(where: { $0 == 0 }) == counts[0],
        file.bytes[wordsStart + words - 1] == 0
    else { throw file.damaged("its words are not as many as it says") }
}

/// How many bits hold the numbers up to `maximum`.
private func bits(for maximum: Int) -> Int { Int.bitWidth - maximum.leadingZeroBitCount }

/// Numbers of fewer than 33 bits at equal distances, least significant bit first; all positions count bits.
private struct PackedNumbers {
    let start: Int
    let step: Int
    let bits: Int
    let count: Int

    /// The last number of a list that must ascend: each n-gram says where its successors begin, and
    /// the next one where they end.
    func last(upTo limit: Int, in file: ModelBytes) throws(DamagedModel) -> Int {
        let mask = (UInt64(1) << UInt64(bits)) - 1
        let last = file.bytes.withUnsafeBytes { bytes -> UInt64? in
            var last: UInt64 = 0
            var position = start
            for _ in 0..<count {
                // Nobody has looked yet for what follows the words' weights.
                guard (position >> 3) + 8 <= bytes.count else { return nil }
                let word = bytes.loadUnaligned(fromByteOffset: position >> 3, as: UInt64.self)
                let number = (UInt64(littleEndian: word) >> UInt64(position & 7)) & mask
                if number < last { return nil }
                last = number
                position += step
            }
            return last <= limit ? last : nil
        }
        guard let last else { throw file.damaged("its n-grams lead outside of the file") }
        return Int(last)
    }
}

/// ARPA text begins with the numbers of its n-grams, by which the library allocates.
private func checkCounts(_ file: ModelBytes) throws(DamagedModel) {
    let head = String(decoding: file.bytes.prefix(64 * 1024), as: UTF8.self)
    let lines = head.split(separator: "\n", omittingEmptySubsequences: true)
    guard let data = lines.firstIndex(where: { $0.hasPrefix("\\data\\") }) else { return }
    let counts = lines[(data + 1)...].prefix { $0.hasPrefix("ngram ") }
    guard counts.count <= maximumOrder else { throw file.damaged("it has n-grams of more than 5 words") }
    for line in counts {
        // Each n-gram takes a line of four bytes at least.
        guard let number = line.split(separator: "=").last.flatMap({ Int($0.filter { $0 != " " && $0 != "\r" }) }),
            (0...(file.bytes.count / 4)).contains(number)
        else { throw file.damaged("it does not have as many n-grams as it says") }
    }
}
