import Foundation

/// A model that is a table: which two tones make which key of a telephone.
struct ToneTable: Sendable {
    struct Row: Sendable {
        var key: Character
        var low: Double
        var high: Double
    }

    /// What is wrong with a file, with the number of the line.
    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var rows: [Row] = []

    /// Adds one line of a table: KEY LOW HIGH, the tones in hertz. Empty lines, and those that begin with `# ` and are
    /// no row, say nothing.
    mutating func add(line: Substring, number: Int) throws {
        let words = line.split(separator: " ")
        if words.count == 3, let key = words[0].first, words[0].count == 1, let low = Double(words[1]),
            let high = Double(words[2]), 0 < low, low < high, high < 8_000
        {
            rows.append(Row(key: key, low: low, high: high))
        } else if !words.isEmpty, words[0] != "#" {
            throw Malformed(description: "line \(number): not KEY LOW HIGH with 0 < LOW < HIGH < 8000: \(line)")
        }
    }

    /// The keys that are heard, in order. A key held for long counts once; a pause tells two of the same apart.
    func keys(in samples: [Int16], sampleRate: Int) throws -> String {
        var heard = ""
        var last: Character?
        let length = sampleRate / 20
        for begin in stride(from: 0, through: samples.count - length, by: length) {
            try Task.checkCancellation()
            let key = key(in: samples[begin..<begin + length], sampleRate: sampleRate)
            if let key, key != last { heard.append(key) }
            last = key
        }
        return heard
    }

    /// The key that sounds in these samples; nil for silence, noise and speech.
    private func key(in samples: ArraySlice<Int16>, sampleRate: Int) -> Character? {
        let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
        // Quieter than one hundredth of full scale is silence.
        guard energy > Double(samples.count) * 330 * 330 else { return nil }
        let powers = rows.map { row in
            let tones = [row.low, row.high].map { power(of: $0, in: samples, sampleRate: sampleRate) }
            return (row.key, sum: tones[0] + tones[1], weaker: min(tones[0], tones[1]))
        }
        guard let best = powers.max(by: { $0.weaker < $1.weaker }) else { return nil }
        // Two tones hold nearly all the energy of a key, and each of them a good part.
        let whole = energy * Double(samples.count) / 2
        return best.sum > 0.8 * whole && best.weaker > 0.1 * whole ? best.0 : nil
    }

    /// Goertzel's algorithm: the power of one frequency.
    private func power(of frequency: Double, in samples: ArraySlice<Int16>, sampleRate: Int) -> Double {
        let coefficient = 2 * cos(2 * .pi * frequency / Double(sampleRate))
        var one = 0.0
        var two = 0.0
        for sample in samples { (one, two) = (Double(sample) + coefficient * one - two, one) }
        return one * one + two * two - coefficient * one * two
    }
}
