/// Small pieces of what people read.
package enum Display {
    /// Enough of a run ID to be told from others: the whole of its time.
    package static func run(_ id: String) -> String { Escaping.visible(String(id.prefix(13))) }

    package static func percent(_ share: Double?) -> String {
        guard let share else { return "–" }
        // 99.96 % is not all of them.
        let percent = (share * 1000).rounded(.down) / 10
        return percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
    }
}
