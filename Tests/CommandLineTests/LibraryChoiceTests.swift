import Foundation
import TestSupport
import Testing

/// Which libpocketsphinx the program takes.
@Suite(.turn(of: "CommandLineTests")) struct LibraryChoiceTests {
    /// An environment in which the loader looks into this folder first.
    private func environment(libraries folder: String) -> [String: String?] {
        ["LD_LIBRARY_PATH": folder, "MODELJOURNAL_POCKETSPHINX_LIBRARY": nil]
    }

    private func provider(_ workspace: Workspace, libraries folder: String) async throws -> [String: Any] {
        let answer = try await workspace.run(
            ["providers", "-o", "json"], environment: environment(libraries: folder))
        #expect(answer.status == 0 && answer.errors.isEmpty, "\(answer)")
        return try #require(try answer.objects().first)
    }

    @Test(.needsPocketSphinx5) func theNewestLibraryIsTaken() async throws {
        try await withWorkspace { workspace in
            let provider = try await provider(workspace, libraries: PocketSphinx5.libraryFolder)
            #expect(provider["available"] as? Bool == true && provider["version"] as? String == "5.0.0", "\(provider)")
        }
    }

    @Test(.needsPocketSphinx5) func aRunWithTheNewestLibraryIsRecorded() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                ["run", "--once"], environment: environment(libraries: PocketSphinx5.libraryFolder))
            #expect(run.status == 0, "\(run)")
            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            #expect(shown["version"] as? String == "5.0.0", "\(shown)")
        }
    }

    #if os(Linux)
        /// A text, and another library, under the name of the newest.
        @Test(.needsPocketSphinx, arguments: [false, true])
        func aNewestLibraryThatCannotBeUsedLeavesTheOlderOne(isLibrary: Bool) async throws {
            try await withWorkspace { workspace in
                try makeLibrary(in: workspace, isLibrary: isLibrary)
                let provider = try await provider(workspace, libraries: workspace.path("lib"))
                #expect(provider["available"] as? Bool == true && provider["version"] as? String == "3.0.0")
            }
        }

        @Test(arguments: [(false, "cannot be used"), (true, "has no function ps_init")])
        func aLibraryThatCannotBeUsedIsReportedInOneLine(isLibrary: Bool, reason: String) async throws {
            try await withWorkspace { workspace in
                try makeLibrary(in: workspace, isLibrary: isLibrary)
                let library = workspace.path("lib/libpocketsphinx.so.5")
                let answer = try await workspace.run(
                    ["providers", "-o", "json"], environment: ["MODELJOURNAL_POCKETSPHINX_LIBRARY": library])
                let said = try #require(try answer.objects().first?["reason"] as? String)
                #expect(answer.status == 0 && said.contains(library) && said.contains(reason), "\(answer)")
                #expect(!said.contains("\n"))
            }
        }

        private func makeLibrary(in workspace: Workspace, isLibrary: Bool) throws {
            let folder = workspace.path("lib")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let path = "\(folder)/libpocketsphinx.so.5"
            if isLibrary {
                let math = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"].map {
                    "\($0)/libm.so.6"
                }.first(where: FileManager.default.fileExists(atPath:))
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: try #require(math))
            } else {
                try "no library\n".write(toFile: path, atomically: true, encoding: .utf8)
            }
        }
    #endif
}
