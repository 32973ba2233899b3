/// Waits that double with each failure in a row, up to the longest.
package struct Backoff: Sendable, Hashable {
    package let first: Duration
    package let longest: Duration

    package init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// - Parameter failures: in a row; at least one.
    package func wait(after failures: Int) -> Duration {
        var (wait, rest) = (first, failures)
        while rest > 1, wait > .zero, wait < longest { (wait, rest) = (wait * 2, rest - 1) }
        return min(wait, longest)
    }
}
