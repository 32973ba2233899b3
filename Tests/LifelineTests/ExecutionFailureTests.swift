import Foundation
import TestSupport
import Testing

@Suite("A command that cannot be executed", .turn(of: "LifelineTests"), .timeLimit(.minutes(1)))
struct ExecutionFailureTests {
    @Test(arguments: ["/nonexistent/server", "no-such-server"])
    func missing(command: String) throws {
        try expectFailure([command, "--port", "1"], "cannot execute \(command): No such file or directory")
    }

    @Test func aDirectory() throws {
        try expectFailure(["/usr"], "cannot execute /usr: Permission denied (it is a directory)")
    }

    @Test func notExecutable() throws {
        let path = try temporaryFile("#!/bin/sh\n", mode: 0o600)
        try expectFailure([path], "cannot execute \(path): Permission denied (it is not executable)")
    }

    @Test func withoutItsInterpreter() throws {
        let path = try temporaryFile("#!/nonexistent/python\n", mode: 0o700)
        try expectFailure(
            [path],
            "cannot execute \(path): No such file or directory (the interpreter or loader that it names is missing)")
    }

    @Test func withLineBreaksInItsName() throws {
        try expectFailure(["/a\nb\u{1b}c"], "cannot execute /a?b?c: No such file or directory")
    }

    @Test func withANameThatIsTooLong() throws {
        let name = "/" + String(repeating: "x", count: 5000)
        try expectFailure([name], "cannot execute \(name.prefix(700)): File name too long")
    }

    @Test func thatIsNotGiven() throws {
        let shim = try Shim([])
        #expect(shim.rest() == ["modeljournal-lifeline: usage: modeljournal-lifeline COMMAND [ARGUMENT ...]"])
        #expect(shim.wait() == .exited(64))
    }

    /// The exit code tells although nobody reads the line.
    @Test func withNobodyToTell() throws {
        let shim = try Shim(["/nonexistent"], prefix: ["sh", "-c", "exec \"$@\" 2>&-", "sh"])
        #expect(shim.wait() == .exited(125))
    }

    private func expectFailure(
        _ command: [String], _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let shim = try Shim(command)
        #expect(shim.rest() == ["modeljournal-lifeline: " + message], sourceLocation: sourceLocation)
        #expect(shim.wait() == .exited(125), sourceLocation: sourceLocation)
    }

    private func temporaryFile(_ content: String, mode: Int) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("lifeline-\(UUID().uuidString)").path
        try content.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }
}
