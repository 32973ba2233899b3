/// The percentile of the journal's figures: the smallest value that at least so many per cent of all values do not exceed.
package enum NearestRank {
    /// Where it lies among the values in ascending order, from 0 on.
    /// - Parameters:
    ///   - percent: 1 to 100.
    ///   - count: of the values, at least 1.
    package static func place(_ percent: Int, of count: Int) -> Int { (count * percent + 99) / 100 - 1 }
}
