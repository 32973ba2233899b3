import Foundation

/// Where the program is that stands between the engine and a server.
package enum LifelineProgram {
    /// This program itself, for one that answers to an argument by being the lifeline.
    ///
    /// Not by its file's name: it may be installed under another one, and an upgrade may have replaced the file since
    /// it was started. `MODELJOURNAL_LIFELINE` names another program.
    package static func thisProgram(_ argument: String) -> [String] {
        named ?? [runningFile, argument]
    }

    /// The first of: what the caller names, `MODELJOURNAL_LIFELINE`, and `modeljournal-lifeline` beside this program.
    static func find(_ given: [String]?) throws -> [String] {
        if let given, !given.isEmpty { return given }
        if let named { return named }
        let this = URL(fileURLWithPath: executablePath)
        let beside = this.deletingLastPathComponent().appendingPathComponent("modeljournal-lifeline").path
        if FileManager.default.isExecutableFile(atPath: beside) { return [beside] }
        throw InvalidServerSetting(
            "there is no modeljournal-lifeline beside \(this.path); build that product, or name it in MODELJOURNAL_LIFELINE"
        )
    }

    private static var named: [String]? {
        guard let path = ProcessInfo.processInfo.environment["MODELJOURNAL_LIFELINE"], !path.isEmpty else { return nil }
        return [path]
    }

    /// A path that leads to the file of this program although it may be gone.
    private static var runningFile: String {
        #if os(Linux)
            if ProcFile.exists("/proc/self/exe") { return "/proc/self/exe" }
        #endif
        return executablePath
    }

    private static var executablePath: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? CommandLine.arguments[0]
    }
}
