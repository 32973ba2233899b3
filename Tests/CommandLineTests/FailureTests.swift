import Foundation
import TestSupport
import Testing

/// Failures that need no working model: each is on record with its reason, and told in one line.
@Suite(.turn(of: "CommandLineTests")) struct FailureTests {
    private static let nowhere = "/nowhere/libpocketsphinx.so.3"
    private static let withoutLibrary = ["MODELJOURNAL_POCKETSPHINX_LIBRARY": nowhere]

    @Test func aMissingLibraryIsTheFirstFailureMode() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(["run", "--once"], environment: Self.withoutLibrary)
            #expect(run.status == 1 && run.output.isEmpty, "\(run)")
            // The log has said why, and the last line where to look.
            let causes = run.errorLines.filter { $0.contains("ProviderNotAvailable") }
            let cause = try #require(causes.first)
            #expect(causes.count == 1 && run.errorLines.dropLast().last == cause, "\(run)")
            #expect(cause.contains(Self.nowhere) && cause.contains("MODELJOURNAL_POCKETSPHINX_LIBRARY"))
            let id = try await workspace.runs()[0].runId.prefix(13)
            #expect(run.errorLines.last == "modeljournal: en-us is not READY; why: modeljournal postmortem \(id)")

            let rows = try await workspace.history()
            #expect(rows.map(\.toState) == ["LOADING", "ERROR"])
            #expect(rows.last?.trigger == "load_failed" && rows.last?.reason == "ProviderNotAvailable")
            let postmortem = try await workspace.run("postmortem")
            #expect(postmortem.status == 0)
            #expect(postmortem.lines.first?.hasPrefix("en-us failed in LOADING after ") == true, "\(postmortem)")
            #expect(postmortem.output.contains(Self.nowhere))
        }
    }

    @Test func withoutALogTheLastLineSaysWhy() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                ["run", "--once", "--log-level", "critical"], environment: Self.withoutLibrary)
            #expect(run.status == 1 && run.errorLines.count == 1, "\(run)")
            #expect(run.errors.contains("en-us is not READY: ProviderNotAvailable: "), "\(run)")
        }
    }

    /// On a machine without the library as it is, or with the model out of sight.
    @Test(
        .enabled(
            if: Installation.reason?.contains("install it with: ") ?? (PrivateMounts.reason == nil),
            "needs a machine without PocketSphinx, or unshare --mount"))
    func whatIsMissingIsSaidWithTheCommandThatInstallsIt() async throws {
        try await withWorkspace { workspace in
            let run: Finished
            if Installation.reason == nil {
                let folder = (try Installation.modelFolder() as NSString).deletingLastPathComponent
                let script = "mount -t tmpfs none \"$1\" && exec \"$0\" run --once"
                run = try await workspace.run(
                    tool: "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script, Program.path, folder])
            } else {
                run = try await workspace.run("run", "--once")
            }
            #expect(run.status == 1, "\(run)")
            #expect(run.errorLines.count { $0.contains("install it with: ") } == 1, "\(run)")
            #expect(try await workspace.run("postmortem").output.contains("install it with: "))
        }
    }

    @Test func anUnavailableProviderIsNotTriedAgain() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                ["run", "--once", "--max-retries", "5", "--retry-backoff", "10ms"], environment: Self.withoutLibrary)
            #expect(run.status == 1)
            #expect(try await workspace.runs().count == 1)
        }
    }

    @Test func theProvidersSayWhatIsMissing() async throws {
        try await withWorkspace { workspace in
            let text = try await workspace.run(["providers"], environment: Self.withoutLibrary)
            #expect(text.status == 0 && text.output.contains("not available") && text.output.contains(Self.nowhere))
            let answer = try await workspace.run(["providers", "-o", "json"], environment: Self.withoutLibrary)
            let provider = try #require(try answer.objects().first)
            #expect(Set(provider.keys) == ["name", "summary", "available", "version", "reason", "models"])
            #expect(provider["available"] as? Bool == false)
            #expect((provider["reason"] as? String)?.contains(Self.nowhere) == true)
            #expect(try DirectoryListing(workspace.directory).names.isEmpty)
        }
    }
}

extension WithRealModel {
    /// Failures on the way to READY.
    @Suite struct Failures {
        @Test func aDamagedModelFailsItsLoad() async throws {
            try await withWorkspace { workspace in
                let folder = try damagedModel(in: workspace)
                let run = try await workspace.run("run", "--once", "--model", "broken", "--model-path", folder)
                #expect(run.status == 1, "\(run)")
                let answer: RunAnswer = try await workspace.run("show", "-1", "-o", "json").decoded()
                #expect(answer.reason == "ModelLoadFailed" && answer.failedPhase == "LOADING")
                #expect(answer.message?.contains(folder) == true, "\(answer)")
                #expect(run.errorLines.count { $0.contains("ModelLoadFailed: ") } == 1, "\(run)")
                #expect(try await workspace.run("postmortem").lines.first?.contains("ModelLoadFailed") == true)
            }
        }

        @Test func aRunThatIsTooSlowEndsAtItsDeadline() async throws {
            try await withWorkspace { workspace in
                let run = try await workspace.run("run", "--once", "--startup-timeout", "1ms")
                #expect(run.status == 1, "\(run)")
                let rows = try await workspace.history()
                #expect(rows.last?.toState == "ERROR" && rows.last?.trigger == "deadline")
                #expect(rows.last?.reason == "StartupTimeout")
                #expect(run.errorLines.count { $0.contains("StartupTimeout") } == 1, "\(run)")
                let postmortem = try await workspace.run("postmortem")
                #expect(postmortem.output.contains("--startup-timeout"), "\(postmortem)")
                expectLegalPath(rows)
            }
        }

        @Test func retriesAreAttemptsOfOneRequest() async throws {
            try await withWorkspace { workspace in
                let folder = try damagedModel(in: workspace)
                let run = try await workspace.run(
                    "run", "--once", "--model-path", folder, "--max-retries", "2", "--retry-backoff", "10ms")
                #expect(run.status == 1, "\(run)")
                let runs = try await workspace.runs()
                #expect(runs.map(\.attempt) == [1, 2, 3])
                #expect(Set(runs.map(\.correlationId)).count == 1 && Set(runs.map(\.runId)).count == 3)
                let rows = try await workspace.history()
                #expect(rows.filter { $0.toState == "LOADING" }.map(\.trigger) == ["initialize", "retry", "retry"])
                expectLegalPath(rows)
                let streak = try #require(
                    try await workspace.run("postmortem", "-o", "json").object()["streak"] as? [String: Any])
                #expect(streak["count"] as? Int == 3 && streak["same_reason"] as? Bool == true)
            }
        }

        @Test func aRunAfterAFailureStartsFromError() async throws {
            try await withWorkspace { workspace in
                #expect(try await workspace.run("run", "--once", "--startup-timeout", "1ms").status == 1)
                #expect(try await workspace.run("run", "--once").status == 0)
                let rows = try await workspace.history()
                expectLegalPath(rows)
                #expect(rows.filter { $0.toState == "LOADING" }.map(\.fromState) == ["UNINITIALIZED", "ERROR"])
                #expect(rows.last?.toState == "UNINITIALIZED")
            }
        }

        /// A folder in the layout of the model's own, with one file cut short.
        private func damagedModel(in workspace: Workspace) throws -> String {
            let files = FileManager.default
            let folder = workspace.directory.appending(path: "damaged")
            try files.copyItem(atPath: try Installation.modelFolder(), toPath: folder.path)
            let means = folder.appending(path: "en-us/means")
            try Data(contentsOf: means).prefix(1000).write(to: means)
            return folder.path
        }
    }
}
