import Foundation

/// Microseconds from zero on, along a line.
struct TimeScale {
    let most: Int64
    let length: Double

    /// - Parameter most: microseconds at the far end; at least one.
    init(most: Int64, length: Double) {
        self.most = max(1, most)
        self.length = length
    }

    func place(_ microseconds: Int64) -> Double {
        Double(max(0, min(most, microseconds))) / Double(most) * length
    }

    /// Round numbers, some five of them, with zero.
    var ticks: [Int64] {
        let rough = Double(most) / 5
        let power = pow(10, floor(log10(max(1, rough))))
        // In minutes and hours people count by sixty.
        let units: [Double] = [1, 2, 5, 10]
        let minutes: [Double] = [60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400].map { $0 * 1_000_000 }
        let step =
            rough > 30_000_000
            ? minutes.first { $0 >= rough } ?? power * 10
            : (units.map { $0 * power }.first { $0 >= rough } ?? power * 10)
        return Array(stride(from: 0, through: most, by: max(1, Int(step))))
    }
}

/// Microseconds along a line on which equal ratios have equal lengths.
struct LogarithmicScale {
    private let low: Double
    private let high: Double
    private let length: Double

    /// - Parameters: both at least one.
    init(from low: Int64, to high: Int64, length: Double) {
        self.low = log(Double(max(1, low)))
        self.high = log(Double(max(max(1, low) + 1, high)))
        self.length = length
    }

    func place(_ microseconds: Int64) -> Double {
        let share = (log(Double(max(1, microseconds))) - low) / (high - low)
        return max(0, min(1, share)) * length
    }

    /// The round numbers within.
    var ticks: [Int64] {
        let all: [Int64] = [
            1, 10, 100, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
            5_000_000, 10_000_000, 20_000_000, 60_000_000, 120_000_000, 300_000_000, 600_000_000, 1_800_000_000,
            3_600_000_000, 7_200_000_000, 21_600_000_000, 86_400_000_000,
        ]
        let inside = all.filter { log(Double($0)) >= low - 1e-9 && log(Double($0)) <= high + 1e-9 }
        // Somewhere between two round numbers: then its ends say where.
        if inside.count < 2 { return [Int64(exp(low).rounded()), Int64(exp(high).rounded())] }
        // Each needs room for its words.
        var kept: [Int64] = []
        for tick in inside where kept.last.map({ place(tick) - place($0) >= 48 }) ?? true { kept.append(tick) }
        return kept
    }
}
