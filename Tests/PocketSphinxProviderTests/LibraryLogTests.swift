import ModelLifecycle
import Testing

@testable import PocketSphinxProvider

/// What the library says, in one line.
@Suite struct LibraryLogTests {
    /// A model's path may have a secret in it.
    @Test(arguments: 0...40) func anErrorIsRedactedBeforeItIsCut(padding: Int) {
        let log = LibraryLog()
        let path = "/" + String(repeating: "x", count: 190 + padding)
        log.append(level: 100, Array("ERROR: \"dict.c\", line 275: \(path) hf_hunter2hunter2hunter2 more\n".utf8))
        #expect(log.errorCount == 1 && !log.summary.contains("hf_h"), "\(log.summary)")
    }
}
