import Foundation

/// Where the program is that stands between the engine and a server.
enum LifelineProgram {
    /// The first of: what the caller names, `MODELJOURNAL_LIFELINE`, `modeljournal-lifeline` beside this
    /// program, and this program itself where it is `modeljournal`.
    static func find(_ named: [String]?) throws -> [String] {
        if let named, !named.isEmpty { return named }
        if let path = ProcessInfo.processInfo.environment["MODELJOURNAL_LIFELINE"], !path.isEmpty { return [path] }
        let this = URL(fileURLWithPath: executablePath)
        let beside = this.deletingLastPathComponent().appendingPathComponent("modeljournal-lifeline").path
        if FileManager.default.isExecutableFile(atPath: beside) { return [beside] }
        if this.lastPathComponent == "modeljournal" { return [executablePath, "__lifeline"] }
        throw InvalidServerSetting(
            "there is no modeljournal-lifeline beside \(this.path); build that product, or name it in MODELJOURNAL_LIFELINE"
        )
    }

    private static var executablePath: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? CommandLine.arguments[0]
    }
}
