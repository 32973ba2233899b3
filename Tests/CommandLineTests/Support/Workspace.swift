import Foundation
import JournalReports
import LifecycleJournal
import ModelLifecycle
import Synchronization
import TestSupport

/// A directory for one test, with a journal's place in it, and the processes that the test started.
final class Workspace: Sendable {
    let directory: URL
    private let started = Mutex<[RunningProgram]>([])

    init() throws {
        directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "modeljournal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// The journal that commands use unless they are told of another.
    var journal: String { path("journal.sqlite") }

    /// Starts the program, which finds the journal through its environment.
    func start(
        _ arguments: [String], environment: [String: String?] = [:], output: FileHandle? = nil,
        errors: FileHandle? = nil
    ) throws -> RunningProgram {
        try start(Program.path, arguments, environment: environment, output: output, errors: errors)
    }

    /// Starts any program in the same surroundings.
    func start(
        _ executable: String, _ arguments: [String], environment: [String: String?] = [:],
        output: FileHandle? = nil, errors: FileHandle? = nil
    ) throws -> RunningProgram {
        let changes = ["MODELJOURNAL_PATH": .some(journal)].merging(environment) { _, new in new }
        let program = try RunningProgram(
            executable, arguments, environment: Program.environment(home: directory.path, changes: changes),
            directory: directory, output: output, errors: errors)
        started.withLock { $0.append(program) }
        return program
    }

    /// Runs the program to its end.
    @discardableResult
    func run(_ arguments: [String], environment: [String: String?] = [:]) async throws -> Finished {
        try await start(arguments, environment: environment).finished()
    }

    @discardableResult
    func run(_ arguments: String..., environment: [String: String?] = [:]) async throws -> Finished {
        try await run(arguments, environment: environment)
    }

    /// Runs another program to its end.
    @discardableResult
    func run(tool executable: String, _ arguments: [String]) async throws -> Finished {
        try await start(executable, arguments).finished()
    }

    func remove() {
        for program in started.withLock({ $0 }) { program.stop() }
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Runs a test in a directory of its own, which is removed afterwards with all that still runs in it.
func withWorkspace<Result>(_ body: (Workspace) async throws -> Result) async throws -> Result {
    let workspace = try Workspace()
    defer { workspace.remove() }
    return try await body(workspace)
}

extension Workspace {
    /// Every transition that the journal holds.
    func transitions() throws -> [TransitionRow] { try JournalReader(path: journal).history(ReportFilter()) }

    /// Waits until a model's last transition led into a state.
    /// - Parameter after: only transitions past this one count, so that an earlier run is not taken for this.
    func waitUntil(_ model: String = "en-us", is state: String, orPast later: String? = nil, after seq: Int64 = 0)
        async throws
    {
        // There may be no journal yet, or one without its tables.
        try await eventually("\(model) is \(state)") {
            guard let last = (try? transitions())?.last(where: { $0.model == model }), last.seq > seq else {
                return false
            }
            return last.to.text == state || last.to.text == later
        }
    }

    /// The newest transition's number; 0 where there is none.
    var lastSeq: Int64 { (try? transitions())?.last?.seq ?? 0 }
}
