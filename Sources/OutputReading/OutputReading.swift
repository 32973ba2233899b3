/// What the output of a model server says about its end: facts with their place, no sentences of our own.
package struct OutputReading: Sendable, Hashable {
    /// One message of the output.
    package struct Finding: Sendable, Hashable {
        /// In one line, without escape sequences, time stamps and prefixes.
        package var text: String
        /// The index of its line in the output, from 0.
        package var line: Int

        package init(text: String, line: Int) {
            self.text = text
            self.line = line
        }
    }

    /// The first error of the last burst: what the others follow from. nil if no line speaks of an error.
    package var cause: Finding?
    /// A later error that says more than the cause, such as which process gave up because of it.
    package var consequence: Finding?
    /// The warnings and errors of the whole output, in order, without repetitions.
    package var complaints: [Finding] = []
    /// The last line that is neither noise nor blank.
    package var lastLine: Finding?

    package init() {}
}
