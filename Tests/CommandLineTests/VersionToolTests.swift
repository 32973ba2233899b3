import Foundation
import TestSupport
import Testing

/// `tools/versions`, and what `tools/build-release` and `tools/package-deb` make of its answer.
@Suite(.turn(of: "CommandLineTests")) struct VersionToolTests {
    /// Package.resolved as Swift's package manager writes it, with these states by name.
    private static func resolved(_ states: [(name: String, state: String)]) -> String {
        let pins = states.map { name, state in
            """
                {
                  "identity" : "\(name)",
                  "kind" : "remoteSourceControl",
                  "location" : "https://mirror.example/\(name)",
                  "state" : {
                    \(state)
                  }
                }
            """
        }
        return """
            {
              "originHash" : "0c916b62",
              "pins" : [
            \(pins.joined(separator: ",\n"))
              ],
              "version" : 3
            }

            """
    }

    private static func version(_ version: String) -> String {
        "\"revision\" : \"6c5f\",\n\"version\" : \"\(version)\""
    }

    private static let pins = resolved([
        ("swift-nio-ssl", version("2.37.6")), ("swift-nio", version("2.101.2")),
        ("swift-log", "\"branch\" : \"main\",\n\"revision\" : \"a1b2\""), ("tomlkit", "\"revision\" : \"bebd\""),
    ])
    private static let list = "swift-log main\nswift-nio 2.101.2\nswift-nio-ssl 2.37.6\ntomlkit bebd\n"

    /// - Parameter tested: the list in the repository.
    private func withVersions(_ tested: String, _ body: (ToolMachine) async throws -> Void) async throws {
        try await withToolMachine { machine in
            try machine.write(tested, to: "tools/packaging/versions.txt")
            try machine.write(Self.pins, to: "Package.resolved")
            // A compiler that finds every header.
            try machine.stub("cc", "exit 0")
            try await body(machine)
        }
    }

    @Test(
        arguments: [
            (list, []), ("tomlkit bebd\n" + list.replacing("tomlkit bebd\n", with: ""), []),
            (list.replacing("2.101.2", with: "2.101.1"), ["swift-nio: tested 2.101.1, resolved 2.101.2"]),
            (list.replacing("swift-nio-ssl 2.37.6\n", with: ""), ["swift-nio-ssl: tested none, resolved 2.37.6"]),
            (
                list.replacing("swift-log main", with: "hummingbird 2.0.0"),
                ["hummingbird: tested 2.0.0, resolved none", "swift-log: tested none, resolved main"]
            ),
        ] as [(String, [String])])
    func eachDifferenceIsALine(tested: String, lines: [String]) async throws {
        try await withVersions(tested) { machine in
            let finished = try await machine.run("versions")
            #expect(finished.lines == lines && finished.errors.isEmpty, "\(finished)")
            #expect(finished.status == (lines.isEmpty ? 0 : 1))
        }
    }

    @Test func theListIsWrittenAnew() async throws {
        try await withVersions("swift-nio 1.0.0\n") { machine in
            let finished = try await machine.run("versions", ["--write"])
            #expect(finished.status == 0 && finished.output.isEmpty && finished.errors.isEmpty, "\(finished)")
            #expect(try machine.text(of: "tools/packaging/versions.txt") == Self.list)
            #expect(try await machine.run("versions").status == 0)
        }
    }

    @Test func withoutAResolutionNothingIsCompared() async throws {
        try await withToolMachine { machine in
            for arguments in [[], ["--write"]] {
                let finished = try await machine.run("versions", arguments)
                #expect(finished.status == 66 && finished.output.isEmpty, "\(finished)")
                #expect(finished.errors == "error: Package.resolved is missing; run swift package resolve first\n")
            }
        }
    }

    /// The manifest allows ranges.
    @Test func aBuildWithOtherVersionsIsWarnedOf() async throws {
        try await withVersions(Self.list.replacing("2.101.2", with: "2.101.1")) { machine in
            let finished = try await machine.run("build-release")
            #expect(finished.status == 0 && finished.lines == [Program.path], "\(finished)")
            #expect(
                finished.errors.hasSuffix("\nwarning: swift-nio: tested 2.101.1, resolved 2.101.2\n"), "\(finished)")
        }
        try await withVersions(Self.list) { machine in
            let finished = try await machine.run("build-release")
            #expect(finished.status == 0 && !finished.errors.contains("warning"), "\(finished)")
        }
    }

    /// Its bytes have to follow from the commit.
    @Test func aReleaseWithOtherVersionsIsNotPacked() async throws {
        for (tested, isRefused) in [(Self.list.replacing("2.101.2", with: "2.101.1"), true), (Self.list, false)] {
            try await withVersions(tested) { machine in
                try machine.debian(installed: ["libsqlite3-dev", "dpkg-dev", "binutils"])
                // The packing begins with the time of the last commit.
                for tool in ["dpkg-deb", "git"] { try machine.stub(tool, "exit 33") }
                let finished = try await machine.run("package-deb")
                #expect(finished.status == (isRefused ? 65 : 33) && finished.output.isEmpty, "\(finished)")
                let last = finished.errorLines.last ?? ""
                #expect(last.hasSuffix("run tools/package-deb --binary \(Program.path)") == isRefused, "\(finished)")
            }
        }
    }
}
