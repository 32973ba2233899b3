import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What a run was configured with, as it is shown: without secrets, and still JSON.
@Suite(.turn(of: "LifecycleJournalTests")) struct RedactedConfigurationTests {
    private func redacted(_ configuration: RunConfiguration) throws -> ConfigurationJSON {
        let json = RedactedConfiguration.json(try ConfigurationJSON(configuration).encoded().json)
        return try ConfigurationJSON(json: json)
    }

    @Test(arguments: [
        ("https://bob:hunter2@host/model", "https://[redacted]@host/model"),
        ("https://host/model?token=hunter2", "https://host/model?token=[redacted]"),
        ("/models/hf_abcdefghijklmnopqrst/x", "/models/[redacted]/x"), ("/models/en-us", "/models/en-us"),
        ("C:\\models\\\"x\"", "C:\\models\\\"x\""),
    ]) func aModelPathLosesItsSecrets(path: String, shown: String) throws {
        var configuration = RunConfiguration(model: "en-us", provider: "scripted", modelPath: path)
        #expect(try redacted(configuration).model_path == shown)
        configuration.modelPath = nil
        #expect(try redacted(configuration) == ConfigurationJSON(configuration))
    }

    @Test(arguments: [
        ("api_key", "hunter2"), ("password", "two \"words\"\nand a line"), ("HF_TOKEN", "x y z"),
        ("secret", "{\"a\":1}"),
        ("key_file", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"), ("Authorization", "Bearer 0123456789abcdef"),
    ]) func anOptionIsKnownByItsNameToo(name: String, value: String) throws {
        let options = ["threads": "4", name: value, "path/to": "a/b"]
        let shown = try redacted(RunConfiguration(model: "en-us", provider: "scripted", options: options)).options
        #expect(shown["threads"] == "4" && shown["path/to"] == "a/b")
        #expect(shown[name]?.contains("[redacted]") == true && shown.count == 3, "\(shown)")
    }

    @Test func reportsShowItSoAndAnEngineResumesWithTheOriginal() async throws {
        let sandbox = try Sandbox()
        var configuration = RunConfiguration(
            model: "en-us", provider: "scripted", modelPath: "https://bob:hunter1@host/model")
        let first = try sandbox.engine()
        var driver = try await first.claimDriver(configuration)
        try await driver.succeed()
        try first.close()
        configuration.modelPath = "https://bob:hunter2@host/model"
        let second = try sandbox.engine()
        driver = try await second.claimDriver(configuration)
        try await driver.start()
        second.die()

        let reader = try sandbox.reader()
        let postmortem = try #require(try reader.postmortem(nil))
        let masked = "\"https://[redacted]@host/model\""
        // That it was changed is no secret.
        #expect(postmortem.changes == [Postmortem.Change(what: "model_path", before: masked, after: masked)])
        #expect(postmortem.story.configuration.contains(masked))
        #expect(!"\(postmortem)".contains("hunter"))
        var exported: [ExportedTransition] = []
        try reader.export(afterSeq: 0) { exported.append($0) }
        #expect(!"\(exported)".contains("hunter") && exported.compactMap(\.configuration).count == 2)
        #expect(try await sandbox.engine().resumableRuns().map(\.configuration) == [configuration])
    }
}
