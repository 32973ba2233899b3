/// Nothing that a test waits for has happened.
package struct NeverHappened: Error, CustomStringConvertible {
    package var description: String

    package init(_ what: String) { description = what }
}

/// Asks again and again until the condition holds, where nothing can wake who waits: other processes, sockets, files.
/// - Throws: `NeverHappened` after four minutes, which no healthy machine needs.
package func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    try await eventually(what, whileMoves: { 0 }, condition)
}

/// The same for much work beside much other work: it may last as long as it moves.
/// - Throws: `NeverHappened` once the progress has been the same for four minutes.
package func eventually(
    _ what: String, whileMoves progress: () -> Int, _ condition: () async throws -> Bool
) async throws {
    var reached = progress()
    var patience = ContinuousClock.now + .seconds(240)
    var pause = Duration.milliseconds(2)
    while try await !condition() {
        let now = progress()
        if now != reached { (reached, patience) = (now, .now + .seconds(240)) }
        guard ContinuousClock.now < patience else { throw NeverHappened("never happened: \(what)") }
        try await Task.sleep(for: pause)
        pause = min(pause * 1.1, .milliseconds(50))
    }
}
