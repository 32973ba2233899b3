import Foundation
import TestSupport
import Testing

/// What the header of a model's file says stands in `show` and in a post-mortem.
@Suite(.turn(of: "CommandLineTests")) struct ModelHeaderTests {
    /// - Parameter missing: how many bytes at its end are not there.
    private func model(_ workspace: Workspace, missing: Int = 0) throws -> String {
        let json = #"{"__metadata__":{"format":"pt"},"w":{"dtype":"BF16","shape":[512,8],"data_offsets":[0,8192]}}"#
        let length = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Data($0) }
        let path = workspace.path("model.safetensors")
        try (length + Data(json.utf8) + Data(count: 8192 - missing)).write(to: URL(filePath: path))
        try #"{"model_type":"whisper"}"#.write(toFile: workspace.path("config.json"), atomically: true, encoding: .utf8)
        return path
    }

    @Test func showTellsWhatWasLoaded() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let options = ["--once", "--model-path", try model(workspace)]
            #expect(try await workspace.run(server.arguments(options, flags: [])).status == 0)
            let text = try await workspace.run("show", "-1").output
            #expect(
                text.contains("model file   safetensors, whisper, 4.0 K parameters, BF16, 8 KB\n"), "\(text)")
            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            let file = try #require(shown["model_file"] as? [String: Any])
            #expect(file["format"] as? String == "safetensors" && file["parameters"] as? Int == 4096)
            #expect(file["missing_bytes"] is NSNull && file["damage"] is NSNull)
            #expect(file["summary"] as? String == "safetensors, whisper, 4.0 K parameters, BF16, 8 KB")
            #expect(try await workspace.run("verify").status == 0)
        }
    }

    @Test func aPostmortemTellsThatTheFileIsTooShort() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let path = try model(workspace, missing: 2048)
            let options = ["--once", "--model-path", path]
            #expect(try await workspace.run(server.arguments(options, flags: ["--exit", "3"])).status == 1)
            let answer = try await workspace.run("postmortem", "-o", "json").object()
            let evidence = try #require(answer["evidence"] as? [String: Any])
            let file = try #require(evidence["model_file"] as? [String: Any])
            #expect(file["missing_bytes"] as? Int == 2048)
            let cause = try #require(answer["cause"] as? String)
            #expect(cause.contains("the model's file is 2 KB shorter than its header says"), "\(cause)")
            let step = try #require(answer["next_step"] as? [String: Any])
            #expect((step["advice"] as? String)?.hasSuffix("download it again") == true, "\(step)")
            // A copy of the journal knows it too.
            let export = try await workspace.run("export").output
            #expect(export.contains(#""missing_bytes":2048"#))
        }
    }
}
