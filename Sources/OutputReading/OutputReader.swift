/// Reads the output of model servers as an experienced operator would.
package enum OutputReader {
    /// - Parameters:
    ///   - output: as it was kept, with the note about what was dropped in its middle.
    ///   - linesSinceReady: how many lines at the end were written after READY; only these can tell of a later
    ///     end. nil if the model was never READY.
    package static func read(_ output: String, linesSinceReady: Int? = nil) -> OutputReading {
        OutputReading()
    }

    /// What an HTTP answer says about an error, in one line: the members `error`, `detail`, `message` and
    /// `stack_trace` of JSON, the title and text of HTML, else its first line.
    /// - Returns: nil for an answer that says nothing.
    package static func readAnswer(_ body: String) -> String? { nil }
}
