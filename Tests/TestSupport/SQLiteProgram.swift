package import Testing

/// The program `sqlite3`, which shows what any other program sees of a journal, and may do to it.
private enum SQLiteProgram {
    static let isThere: Bool = {
        guard let child = try? Spawn.start(["sqlite3", "-version"], streams: .init()) else { return false }
        return Spawn.reap(child) == .exited(0)
    }()
}

extension Trait where Self == ConditionTrait {
    /// Skips a test on a machine without the program `sqlite3`.
    package static var needsSQLiteProgram: Self { .enabled(if: SQLiteProgram.isThere, "needs the sqlite3 program") }
}
