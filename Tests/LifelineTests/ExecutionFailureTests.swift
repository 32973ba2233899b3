import Foundation
import TestSupport
import Testing

@Suite("A command that cannot be executed", .turn(of: "LifelineTests"), .timeLimit(.minutes(1)))
struct ExecutionFailureTests {
    @Test func missing() throws {
        try expectFailure(
            ["no-such-server", "--port", "1"], "cannot execute no-such-server: No such file or directory")
        try expectFailure(
            ["/usr/no-such-server"], "cannot execute /usr/no-such-server: No such file or directory")
        try expectFailure(
            ["/nonexistent/server"],
            "cannot execute /nonexistent/server: No such file or directory (there is no directory /nonexistent)")
        try expectFailure(
            ["/etc/passwd/server"],
            "cannot execute /etc/passwd/server: Not a directory (/etc/passwd is not a directory)")
    }

    @Test func aSymbolicLinkToNowhere() throws {
        let path = try temporaryFile("", mode: 0o700)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nowhere")
        try expectFailure(
            [path],
            "cannot execute \(path): No such file or directory (it is a symbolic link to /nowhere, which does not exist)"
        )
    }

    @Test func aDirectory() throws {
        try expectFailure(["/usr"], "cannot execute /usr: Permission denied (it is a directory)")
        try expectFailure(["/dev/null"], "cannot execute /dev/null: Permission denied (it is not a regular file)")
    }

    @Test func notExecutable() throws {
        let path = try temporaryFile("#!/bin/sh\n", mode: 0o600)
        try expectFailure([path], "cannot execute \(path): Permission denied (it is not executable)")
    }

    @Test func withoutItsInterpreter() throws {
        let path = try temporaryFile("#!/nonexistent/python\n", mode: 0o700)
        try expectFailure(
            [path],
            "cannot execute \(path): No such file or directory "
                + "(the interpreter /nonexistent/python named in its first line does not exist)")
    }

    @Test func withACarriageReturnBehindItsInterpreter() throws {
        let path = try temporaryFile("#!/bin/sh\r\necho\r\n", mode: 0o700)
        try expectFailure(
            [path],
            "cannot execute \(path): No such file or directory (its first line ends with a carriage return, "
                + "so there is no interpreter /bin/sh\\r; give the file Unix line endings)")
    }

    @Test func withAnInterpreterThatCannotBeExecuted() throws {
        let inner = try temporaryFile("#!/nonexistent/x\n", mode: 0o700)
        let path = try temporaryFile("#!\(inner) -u\n", mode: 0o700)
        try expectFailure(
            [path],
            "cannot execute \(path): No such file or directory "
                + "(its interpreter \(inner): the interpreter /nonexistent/x named in its first line does not exist)")
    }

    /// As in a virtual environment deep in a tree.
    @Test func withAnInterpreterWhoseNameIsTooLong() throws {
        let path = try temporaryFile("#!/" + String(repeating: "x/", count: 150) + "python\n", mode: 0o700)
        let line = try Shim([path]).rest().joined()
        #expect(line.contains("the name of the interpreter in its first line is too long for the kernel"), "\(line)")
    }

    @Test(
        "that is no program",
        arguments: [
            ("", "it is empty"), ("#!\n", "its first line names no interpreter"),
            ("GGUF\u{3}\0\0\0", "it is a model file (GGUF)"), ("MZ\u{1}\0\u{3}", "a program for Windows; "),
            ("\u{feff}#!/bin/sh\n", "it is a script with a byte order mark before its #!"),
            ("\u{7f}ELF\u{1}", "it is a damaged ELF file"), ("PK\u{3}\u{4}", "it is a zip archive"),
            ("\u{1}\u{2}\n", "it is neither a program nor a script"),
        ])
    func noProgram(content: String, words: String) throws {
        let path = try temporaryFile(content, mode: 0o700)
        let shim = try Shim([path])
        let line = shim.rest().joined(separator: "\n")
        #expect(line.hasPrefix("modeljournal-lifeline: cannot execute \(path): Exec format error (\(words)"), "\(line)")
        #expect(shim.wait() == .exited(125))
    }

    /// As shells do it, and every program that starts others.
    @Test func textWithoutAnInterpreterIsRunByTheShell() throws {
        let path = try temporaryFile("printf '<%s>\\n' \"$0\" \"$@\"; exit 3\n", mode: 0o700)
        let shim = try Shim([path, "a b", ""])
        #expect(shim.rest() == ["<\(path)>", "<a b>", "<>"])
        #expect(shim.wait() == .exited(3))
    }

    /// In a folder of PATH; a later one has a program of that name.
    @Test func theFirstOneThatCanBeExecutedIsTaken() throws {
        let first = FileManager.default.temporaryDirectory.appendingPathComponent("lifeline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: first, withIntermediateDirectories: true)
        let plain = first.appendingPathComponent("echo").path, broken = first.appendingPathComponent("server").path
        try "".write(toFile: plain, atomically: false, encoding: .utf8)
        try "#!/nonexistent/x\n".write(toFile: broken, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: broken)
        let prefix = ["env", "PATH=\(first.path):/usr/bin:/bin"]
        #expect(try Shim(["echo", "found"], prefix: prefix).rest() == ["found"])
        #expect(
            try Shim(["server"], prefix: prefix).rest() == [
                "modeljournal-lifeline: cannot execute \(broken): No such file or directory "
                    + "(the interpreter /nonexistent/x named in its first line does not exist)"
            ])
    }

    #if os(Linux)
        @Test(
            "for another processor",
            arguments: [(183, 1, "ARM64"), (243, 1, "RISC-V"), (22, 2, "s390"), (8, 2, "MIPS"), (62, 1, "x86-64")])
        func foreign(machine: UInt16, order: UInt8, name: String) throws {
            #if arch(x86_64)
                guard machine != 62 else { return }
            #elseif arch(arm64)
                guard machine != 183 else { return }
            #endif
            // A 64-bit header in the order of bytes that it names, and nothing that could be run.
            var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, order, 1] + Array(repeating: 0, count: 57)
            let (low, high) = (UInt8(machine & 0xff), UInt8(machine >> 8))
            file.replaceSubrange(18...19, with: order == 1 ? [low, high] : [high, low])
            let path = try temporaryFile("", mode: 0o700)
            try Data(file + Array(repeating: UInt8(ascii: "\n"), count: 500)).write(to: URL(fileURLWithPath: path))
            let shim = try Shim([path])
            let line = shim.rest().joined(separator: "\n")
            #expect(
                line.hasPrefix(
                    "modeljournal-lifeline: cannot execute \(path): Exec format error (a program for \(name); this machine is"
                ), "\(line)")
            #expect(shim.wait() == .exited(125))
        }

        /// Another C library's, which is not installed.
        @Test func withoutItsDynamicLoader() throws {
            let path = try temporaryFile("", mode: 0o700)
            let loader = Array("/lib64/ld-linux-x86-64.so.2".utf8), other = Array("/lib/ld-musl-no-such.so.1\0\0".utf8)
            var program = try Data(contentsOf: URL(fileURLWithPath: "/bin/sleep"))
            guard let place = program.firstRange(of: loader) else { return }
            program.replaceSubrange(place, with: other)
            try program.write(to: URL(fileURLWithPath: path))
            try expectFailure(
                [path],
                "cannot execute \(path): No such file or directory "
                    + "(its dynamic loader /lib/ld-musl-no-such.so.1 does not exist; it was built for musl)")
        }

        @Test func thatIsBeingWritten() throws {
            let path = try temporaryFile("", mode: 0o700)
            try Data(contentsOf: URL(fileURLWithPath: "/bin/sleep")).write(to: URL(fileURLWithPath: path))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            defer { try? handle.close() }
            try expectFailure(
                [path],
                "cannot execute \(path): Text file busy (a process has it open for writing; it may still be being copied)"
            )
        }

        @Test(.enabled(if: PrivateMounts.reason == nil, "\(PrivateMounts.reason ?? "available")"))
        func onAFileSystemWithoutExecution() throws {
            let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
                .appendingPathComponent("no exec \(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let script = "mount -t tmpfs -o noexec none '\(folder)'; cp /bin/sleep '\(folder)/server'; exec \"$@\""
            let shim = try Shim(
                ["\(folder)/server"], prefix: ["/usr/bin/unshare", "--mount", "sh", "-c", script, "sh"])
            #expect(
                shim.rest() == [
                    "modeljournal-lifeline: cannot execute \(folder)/server: Permission denied "
                        + "(the file system at \(folder) is mounted noexec)"
                ])
            #expect(shim.wait() == .exited(125))
        }

        @Test(.enabled(if: geteuid() == 0, "needs the superuser, to be another user"))
        func behindAFolderThatMayNotBeSearched() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lifeline-\(UUID().uuidString)")
                .path
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let shim = try Shim(
                ["\(folder)/server"],
                prefix: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
            #expect(
                shim.rest() == [
                    "modeljournal-lifeline: cannot execute \(folder)/server: Permission denied "
                        + "(this user may not search the directory \(folder))"
                ])
        }
    #endif

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
