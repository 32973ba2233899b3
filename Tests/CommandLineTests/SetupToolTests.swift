import Foundation
import TestSupport
import Testing

/// `tools/quickstart` and `tools/test` on machines that this one is not, played by stubs.
@Suite(.turn(of: "CommandLineTests")) struct SetupToolTests {
    /// A copy of tools/, and a PATH on which only what is named can be found.
    private struct Machine {
        let workspace: Workspace

        init(_ workspace: Workspace) throws {
            self.workspace = workspace
            let tools = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "tools")
            let files = FileManager.default
            for folder in ["repository/tools", "bin"] {
                try files.createDirectory(atPath: workspace.path(folder), withIntermediateDirectories: true)
            }
            for name in ["lib-setup.sh", "quickstart", "test"] {
                try files.copyItem(
                    atPath: tools.appending(path: name).path, toPath: workspace.path("repository/tools/\(name)"))
            }
            for name in [
                "bash", "sh", "dirname", "sed", "head", "tail", "cat", "mktemp", "tee", "rm", "grep", "mkdir", "id",
                "env",
            ] {
                let found = ["/usr/bin", "/bin"].map { "\($0)/\(name)" }.first(where: files.fileExists(atPath:))
                try files.createSymbolicLink(
                    atPath: workspace.path("bin/\(name)"), withDestinationPath: try #require(found))
            }
            let programs = (Program.path as NSString).deletingLastPathComponent
            try stub(
                "swift",
                """
                case "$*" in
                --version) echo "Swift version 6.3.1" ;;
                *--show-bin-path) echo "\(programs)" ;;
                build*) mkdir -p .build ;;
                test*) cat tested ;;
                esac
                """)
        }

        func stub(_ name: String, _ script: String) throws {
            let path = workspace.path("bin/\(name)")
            try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }

        /// What `swift test` prints.
        func tests(print lines: String) throws {
            try lines.write(toFile: workspace.path("repository/tested"), atomically: true, encoding: .utf8)
        }

        /// A Debian whose archive has nothing but what is installed.
        func debian(installed: [String]) throws {
            let names = installed.joined(separator: "|")
            try stub("dpkg-query", "case \"$3\" in \(names)) echo 'install ok installed' ;; *) exit 1 ;; esac")
            try stub("sudo", "exit 1")
            try stub("apt-get", "exit 1")
        }

        func run(_ tool: String) async throws -> Finished {
            try await workspace.start(
                workspace.path("bin/bash"), [workspace.path("repository/tools/\(tool)")],
                environment: [
                    "PATH": workspace.path("bin"), "MODELJOURNAL_POCKETSPHINX_LIBRARY": "/nowhere/libpocketsphinx.so.3",
                ]
            ).finished()
        }
    }

    private func withMachine(_ body: (Machine) async throws -> Void) async throws {
        try await withWorkspace { try await body(Machine($0)) }
    }

    @Test func quickstartWorksWithoutDebianAndEndsAsTheRunDid() async throws {
        try await withMachine { machine in
            // A compiler that finds every header.
            try machine.stub("cc", "exit 0")
            let finished = try await machine.run("quickstart")
            #expect(finished.status == 1, "\(finished)")
            #expect(finished.errors.contains("building with the SQLite that is there"), "\(finished)")
            for words in [
                "modeljournal run --once", "LOADING       → ERROR", "1 × ProviderNotAvailable", "The journal is ",
            ] {
                #expect(finished.output.contains(words), "\(words): \(finished)")
            }
        }
    }

    @Test(arguments: ["quickstart", "test"]) func withoutAHeaderItIsSaidWhatToInstall(tool: String) async throws {
        try await withMachine { machine in
            try machine.stub("cc", "exit 1")
            let finished = try await machine.run(tool)
            #expect(finished.status == 1 && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.contains("error: SQLite's header sqlite3.h is needed"), "\(finished)")
            #expect(finished.errors.contains("sqlite-devel") && finished.errors.contains("xcode-select --install"))
        }
    }

    @Test(arguments: ["quickstart", "test"]) func aSwiftThatCannotBuildSaysWhy(tool: String) async throws {
        try await withMachine { machine in
            try machine.stub("swiftc", "echo 'swiftc: libncurses.so.6: cannot open shared object file' >&2\nexit 127")
            let finished = try await machine.run(tool)
            #expect(finished.status == 1 && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.contains("Swift cannot build here"), "\(finished)")
            #expect(finished.errors.hasSuffix("It says: swiftc: libncurses.so.6: cannot open shared object file\n"))
        }
    }

    @Test func anSDKHasTheHeaderToo() async throws {
        try await withMachine { machine in
            let include = "sdk/usr/include"
            try FileManager.default.createDirectory(
                atPath: machine.workspace.path(include), withIntermediateDirectories: true)
            try "".write(toFile: machine.workspace.path("\(include)/sqlite3.h"), atomically: true, encoding: .utf8)
            try machine.stub("xcrun", "echo \(machine.workspace.path("sdk"))")
            try machine.tests(print: "Test a() passed\n")
            #expect(try await machine.run("test").status == 0)
        }
    }

    private static let debian = ["libsqlite3-dev", "sqlite3", "libpocketsphinx3", "pocketsphinx-en-us"]

    @Test(
        arguments: [
            ("Test a() passed", debian, 0), ("Test a() skipped: PocketSphinx is not available", debian, 1),
            // The recordings are a package of their own, which not every archive has.
            ("Test a() skipped: install it with: apt-get install pocketsphinx-testdata", debian, 0),
            (
                "Test a() skipped: install it with: apt-get install pocketsphinx-testdata",
                debian + ["pocketsphinx-testdata"], 1
            ),
            // It needs PyPI and a compiler.
            ("Test a() skipped: MODELJOURNAL_POCKETSPHINX5 does not name a folder", debian, 0),
            ("Test a() skipped: PocketSphinx is not available", ["libsqlite3-dev", "sqlite3"], 0),
        ] as [(String, [String], Int32)])
    func aTestThatCouldRunMustNotBeSkipped(line: String, installed: [String], status: Int32) async throws {
        try await withMachine { machine in
            try machine.debian(installed: installed)
            try machine.tests(print: line + "\n")
            let finished = try await machine.run("test")
            #expect(finished.status == status, "\(finished)")
        }
    }
}
