import ArgumentParser
import Foundation
import JournalRendering
import JournalReports
import LifecycleJournal

/// Where the journal lies.
struct JournalOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The journal. (default: $MODELJOURNAL_PATH, else ~/.local/state/modeljournal/journal.sqlite)",
            valueName: "path"))
    var journal: String?

    func validate() throws {
        if journal?.isEmpty == true { throw ValidationError("--journal needs a path.") }
    }

    var path: String { Self.path(journal, ProcessInfo.processInfo.environment) }

    static func path(_ option: String?, _ environment: [String: String]) -> String {
        if let option { return option }
        if let path = environment["MODELJOURNAL_PATH"], !path.isEmpty { return path }
        return defaultPath(environment)
    }

    private static func defaultPath(_ environment: [String: String]) -> String {
        // The XDG specification: a relative path there is to be ignored.
        let state =
            environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state"
        return state + "/modeljournal/journal.sqlite"
    }

    /// Opens the journal for reading.
    /// - Parameter saysIfEmpty: false for a command that cannot answer then, and says so itself.
    func reader(saysIfEmpty: Bool = true) throws -> JournalReader {
        let reader = try JournalReader(path: path)
        if saysIfEmpty, try reader.isEmpty() {
            let words = "nothing has been recorded yet; `modeljournal run` does"
            StandardError.line("modeljournal: \(path): \(Invocation.ofProcess.completing(words))")
        }
        return reader
    }

    /// The path for an engine, with the default's own directory made where it is missing. A path that
    /// somebody named is taken as it is: a typing error must not grow directories.
    func pathForWriting() throws -> String {
        guard path == Self.defaultPath(ProcessInfo.processInfo.environment) else { return path }
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            let code = SystemError.code(error)
            let isDenied = code == EACCES || code == EPERM
            throw JournalError(
                isDenied ? .permissionDenied : .cannotCreate, directory,
                "cannot create the journal's directory\(SystemError.words(error))")
        }
        return path
    }

    /// For a command whose input may be refused: directories that were made for it go again where it throws.
    func withPathForWriting<Result>(_ body: (String) throws -> Result) throws -> Result {
        var missing: [String] = []
        // Not `NSString`, which takes no path of one character.
        var rest = path[...]
        while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
            rest = rest[..<slash]
            guard access(String(rest), F_OK) != 0 else { break }
            missing.append(String(rest))
        }
        do { return try body(try pathForWriting()) } catch {
            // Only what is empty does.
            for directory in missing { rmdir(directory) }
            throw error
        }
    }
}
