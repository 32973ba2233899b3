import ModelLifecycle

/// Whether a server that starts is getting somewhere although it writes nothing, and how much of its model it has read.
struct LoadProgress {
    /// The size of the model's files in bytes; nil if it is not known, or too small to tell parts of it.
    private let size: Int64?
    private var first: TreeWork?
    private var last: (work: TreeWork, at: ContinuousClock.Instant)?
    private var toldTenths = 0

    /// Shorter ones would tell little, as the kernel counts processor time in steps of 10 ms.
    private static let interval = Duration.seconds(1)
    /// What a server reads beside its model, such as its own program, would be a large part of a smaller one.
    static let smallest: Int64 = 256 << 20

    init(modelBytes: Int64?) { size = modelBytes.flatMap { $0 >= Self.smallest ? $0 : nil } }

    struct Look: Sendable, Hashable {
        /// It has done something, or it could not.
        var isProgress = false
        /// How much of the model has been read, each time that it is a tenth more.
        var words: String?
    }

    /// - Returns: nil if the last look is not long ago, or nothing can be seen.
    mutating func look(at tree: TreeWatch, _ now: ContinuousClock.Instant = .now) -> Look? {
        if let last, now - last.at < Self.interval { return nil }
        return TreeWork(of: tree.processIDs).map { add($0, at: now) }
    }

    mutating func add(_ work: TreeWork, at now: ContinuousClock.Instant) -> Look {
        defer { last = (work, now) }
        first?.adopt(work)
        guard let first, let last else {
            first = work
            return Look()
        }
        return Look(
            isProgress: work.isStopped || work.isMore(than: last.work, after: now - last.at),
            words: share(work.read(since: first)))
    }

    private mutating func share(_ bytes: Int64) -> String? {
        guard let size else { return nil }
        // What it computes after the last byte is part of the load as well.
        let percent = min(99, Int(Double(bytes) / Double(size) * 100))
        guard percent / 10 > toldTenths else { return nil }
        toldTenths = percent / 10
        return "about \(percent) % of the model's \(Self.gigabytes(size)) read"
    }

    /// `3.1 GB`
    private static func gigabytes(_ bytes: Int64) -> String {
        let tenths = (bytes + 50_000_000) / 100_000_000
        return "\(tenths / 10).\(tenths % 10) GB"
    }
}
