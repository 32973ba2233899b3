import Foundation

/// The program under test, as its users find it: a file to be executed.
enum Program {
    /// `MODELJOURNAL_BINARY`, else the file that the build put beside these tests.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["MODELJOURNAL_BINARY"], !path.isEmpty { return path }
        let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }
        let beside = bundles.first?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
        return beside.appending(path: "modeljournal").path
    }()

    /// What a program needs of this process's environment, and nothing that would change its answers.
    static func environment(home: String, changes: [String: String?]) -> [String: String] {
        let kept = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "MODELJOURNAL_POCKETSPHINX_LIBRARY", "TMPDIR"]
        var environment = ProcessInfo.processInfo.environment.filter { kept.contains($0.key) }
        environment["HOME"] = home
        environment["LC_ALL"] = "C.UTF-8"
        for (name, value) in changes { environment[name] = value }
        return environment
    }
}

/// What a program left behind when it ended.
struct Finished: CustomStringConvertible {
    /// The exit status; 128 and the signal's number where a signal ended it, as a shell has it.
    var status: Int32
    var output: String
    var errors: String

    /// Without the empty text after the last line's end.
    var lines: [String] { Self.lines(output) }
    var errorLines: [String] { Self.lines(errors) }

    static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// What a failed expectation prints.
    var description: String { "status \(status)\n--- stdout\n\(output)\n--- stderr\n\(errors)" }
}
