import Foundation
import GRDB
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Tests look at tables with GRDB's rows, and not with those that are being tested.
typealias Row = GRDB.Row

/// A directory of its own for one test, with a place for a journal; removed with its contents.
final class Sandbox: Sendable {
    let directory: String
    var journal: String { directory + "/journal.sqlite" }

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/modeljournal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The names in the directory, sorted.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }

    func engine(path: String? = nil) throws -> EngineJournal { try EngineJournal(path: path ?? journal) }
    func reader() throws -> JournalReader { try JournalReader(path: journal) }
}

extension EngineJournal {
    func claimDriver(_ model: String = "en-us", provider: String = "scripted") async throws -> ModelDriver {
        try await claimDriver(RunConfiguration(model: model, provider: provider))
    }

    func claimDriver(_ configuration: RunConfiguration) async throws -> ModelDriver {
        ModelDriver(try await claim(configuration))
    }

    /// What the kernel does when the process ends, however it ends.
    func die() {
        letGoOfLock()
        awaitFreeLock()
    }

    /// A child of another test that is between fork and exec holds all of this process's locks, and so
    /// keeps one for a moment longer than its owner did.
    func awaitFreeLock() {
        let file = locks.directory + "/\(engineID).lock"
        for _ in 0..<100_000 {
            guard let lock = try? HeldLock(file, flags: O_RDONLY), (try? lock.tryLock(LOCK_EX)) == false else { return }
            sched_yield()
        }
    }

    func sql(_ sql: String, _ arguments: StatementArguments = []) throws {
        try writer.write { db in try db.execute(sql: sql, arguments: arguments) }
    }

    func one<Value: DatabaseValueConvertible & Sendable>(_ sql: String, _ arguments: StatementArguments = []) throws
        -> Value?
    {
        try writer.read { db in try Value.fetchOne(db, sql: sql, arguments: arguments) }
    }
}

/// Appends a model's rows as the state machine would. Wall time advances by a second a row.
struct ModelDriver {
    let claimed: ClaimedModel
    private(set) var run: RunIdentity
    private(set) var ordinal: Int
    private(set) var state: ModelState
    var wall = WallTime(microseconds: 1_795_401_067_120_482)

    init(_ claimed: ClaimedModel) {
        self.claimed = claimed
        run =
            claimed.run
            ?? RunIdentity(runID: RunID(rawValue: ""), correlationID: CorrelationID(stored: "-"), attempt: 1)
        ordinal = claimed.ordinal
        state = claimed.state
    }

    /// Begins a run.
    mutating func start(
        _ trigger: Trigger = .initialize, runID: String? = nil, correlationID: String? = nil, attempt: Int = 1
    ) async throws {
        begin(runID: runID, correlationID: correlationID, attempt: attempt)
        try await move(trigger, .loading, elapsed: nil)
    }

    /// The next row is a new run's first one.
    mutating func begin(runID: String? = nil, correlationID: String? = nil, attempt: Int = 1) {
        run = RunIdentity(
            runID: runID.map(RunID.init(rawValue:)) ?? RunID(at: wall),
            correlationID: correlationID.map(CorrelationID.init(stored:)) ?? CorrelationID(at: wall),
            attempt: attempt)
        ordinal = 0
    }

    /// The row that `move` would append.
    func transition(
        _ trigger: Trigger, _ to: ModelState, elapsed: Duration? = .milliseconds(10), failure: Failure? = nil,
        warmups: [WarmupMeasurement] = [], version: String? = nil, retryAt: WallTime? = nil
    ) -> Transition {
        Transition(
            run: run, ordinal: ordinal + 1, from: state, to: to, trigger: trigger, at: wall, elapsed: elapsed,
            failure: failure, warmups: warmups, version: version, retryAt: retryAt)
    }

    mutating func move(
        _ trigger: Trigger, _ to: ModelState, elapsed: Duration? = .milliseconds(10), failure: Failure? = nil,
        warmups: [WarmupMeasurement] = [], version: String? = nil, retryAt: WallTime? = nil
    ) async throws {
        try await claimed.recorder.append(
            transition(
                trigger, to, elapsed: elapsed, failure: failure, warmups: warmups, version: version, retryAt: retryAt))
        ordinal += 1
        state = to
        wall.microseconds += 1_000_000
    }

    /// A new run, up to this state by the usual way.
    mutating func reach(_ goal: ModelState, attempt: Int = 1) async throws {
        try await start(attempt: attempt)
        switch goal {
        case .loading: return
        case .warmingUp: try await move(.loaded, .warmingUp)
        case .ready:
            try await move(.loaded, .warmingUp)
            try await move(.warmed, .ready)
        case .error: try await fail()
        case .unloading:
            try await move(.loaded, .ready)
            try await move(.unload, .unloading)
        case .uninitialized:
            try await move(.loaded, .ready)
            try await finish()
        }
    }

    /// A run that fails to load.
    mutating func fail(
        _ reason: FailureReason = .modelLoadFailed, _ message: String = "no such file", retryAt: WallTime? = nil
    ) async throws {
        try await move(.loadFailed, .error, failure: Failure(reason, message), retryAt: retryAt)
    }

    /// The end of a run that is READY.
    mutating func finish() async throws {
        try await move(.unload, .unloading)
        try await move(.unloaded, .uninitialized)
    }

    /// A whole run with these durations, from LOADING to UNINITIALIZED.
    mutating func succeed(load: Duration = .milliseconds(10), warmup: Duration? = .milliseconds(10)) async throws {
        try await start()
        try await move(.loaded, warmup == nil ? .ready : .warmingUp, elapsed: load)
        if let warmup { try await move(.warmed, .ready, elapsed: warmup) }
        try await finish()
    }
}

/// The journal's error that `body` throws; anything else is a failure of the test.
func journalError(
    _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async -> JournalError? {
    do { try await body() } catch let error as JournalError { return error } catch {
        Issue.record("not a JournalError: \(error)", sourceLocation: sourceLocation)
        return nil
    }
    Issue.record("no error", sourceLocation: sourceLocation)
    return nil
}
