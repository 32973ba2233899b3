import Foundation
import TestSupport
import Testing

/// `tools/quickstart` and `tools/test` on machines that this one is not, played by stubs.
@Suite(.turn(of: "CommandLineTests")) struct SetupToolTests {
    @Test func quickstartWorksWithoutDebianAndEndsAsTheRunDid() async throws {
        try await withToolMachine { machine in
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
        try await withToolMachine { machine in
            try machine.stub("cc", "exit 1")
            let finished = try await machine.run(tool)
            #expect(finished.status == 1 && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.contains("error: SQLite's header sqlite3.h is needed"), "\(finished)")
            #expect(finished.errors.contains("sqlite-devel") && finished.errors.contains("xcode-select --install"))
        }
    }

    @Test(arguments: ["quickstart", "test"]) func aSwiftThatCannotBuildSaysWhy(tool: String) async throws {
        try await withToolMachine { machine in
            try machine.stub("swiftc", "echo 'swiftc: libncurses.so.6: cannot open shared object file' >&2\nexit 127")
            let finished = try await machine.run(tool)
            #expect(finished.status == 1 && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.contains("Swift cannot build here"), "\(finished)")
            #expect(finished.errors.hasSuffix("It says: swiftc: libncurses.so.6: cannot open shared object file\n"))
        }
    }

    @Test func anSDKHasTheHeaderToo() async throws {
        try await withToolMachine { machine in
            let include = "sdk/usr/include"
            try FileManager.default.createDirectory(
                atPath: machine.workspace.path(include), withIntermediateDirectories: true)
            try "".write(toFile: machine.workspace.path("\(include)/sqlite3.h"), atomically: true, encoding: .utf8)
            try machine.stub("xcrun", "echo \(machine.workspace.path("sdk"))")
            try machine.tests(print: "Test a() passed\n")
            #expect(try await machine.run("test").status == 0)
        }
    }

    @Test func theQuickLaneInstallsNothing() async throws {
        try await withToolMachine { machine in
            try machine.debian(installed: ["libsqlite3-dev"])
            // Another test may be skipped although it could run.
            try machine.tests(print: "Test a() skipped: needs strace\n")
            let finished = try await machine.run("test", ["--fast", "--skip", "SalvageTests"])
            #expect(finished.status == 0 && !finished.errors.contains("install"), "\(finished)")
            let asked = try machine.asked()
            #expect(asked.hasPrefix("MODELJOURNAL_FAST=1 test --filter ") && asked.hasSuffix(" --skip SalvageTests\n"))
        }
    }

    /// A new target is in the quick lane by its name, or is named here.
    @Test func theQuickLaneLeavesOutTheTargetsWithServers() async throws {
        try await withToolMachine { machine in
            try machine.stub("cc", "exit 0")
            try machine.tests(print: "Test a() passed\n")
            #expect(try await machine.run("test", ["--fast"]).status == 0)
            let filter = try Regex(String(try #require(machine.asked().split(separator: " ").last).dropLast()))
            let folders = try FileManager.default.contentsOfDirectory(
                atPath: ToolMachine.repository.appending(path: "Tests").path)
            let left = folders.filter { $0.hasSuffix("Tests") && !"\($0).Suite/test()".contains(filter) }
            #expect(
                left.sorted() == [
                    "CommandLineTests", "DocumentationTests", "FleetStoreTests", "LifelineTests",
                    "PocketSphinxProviderTests", "ScriptedServerTests", "ServerProviderTests", "StatusServerTests",
                ])
        }
    }

    @Test(arguments: ["--filter", "--filter=a"]) func theQuickLaneIsAFilterItself(option: String) async throws {
        try await withToolMachine { machine in
            let finished = try await machine.run("test", [option, "--fast"])
            #expect(finished.status == 64 && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors == "error: --fast and --filter cannot be combined; run tools/test --filter NAME\n")
        }
    }

    @Test func theHelpNamesTheQuickLane() async throws {
        try await withToolMachine { machine in
            let finished = try await machine.run("test", ["--help"])
            #expect(finished.status == 0 && finished.output.contains("    tools/test --fast  "), "\(finished)")
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
        try await withToolMachine { machine in
            try machine.debian(installed: installed)
            try machine.tests(print: line + "\n")
            let finished = try await machine.run("test")
            #expect(finished.status == status, "\(finished)")
        }
    }
}
