import ArgumentParser
import Foundation
import JournalReports
import LifecycleJournal
import ModelLifecycle
import Testing

@testable import modeljournal

/// A model that does nothing, well.
private struct QuietProvider: ASRProvider {
    let name = "mine"
    let capabilities = ProviderCapabilities()
    func availability() async -> ProviderAvailability { .available(version: "1") }
    func load(_ context: LoadContext) async throws {}
    func warmUp(_ audio: AudioSamples) async throws {}
    func transcribe(_ audio: AudioSamples) async throws -> Transcript { Transcript(text: "") }
    func unload() async throws {}
}

@Suite struct ReadmeTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The fenced blocks of a language, without their fences.
    private func blocks(_ language: String) throws -> [String] {
        let parts = try text("README.md").components(separatedBy: "```\(language)\n").dropFirst()
        return parts.compactMap { $0.components(separatedBy: "```").first }
    }

    private func withJournal(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "modeljournal-readme-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder + "/journal.sqlite")
    }

    @Test func theSnippetIsTheCodeThatIsRun() throws {
        let source = try text("Tests/DocumentationTests/EmbeddingExample.swift")
        let begin = try #require(source.range(of: "// snippet-begin\n"))
        let end = try #require(source.range(of: "        // snippet-end"))
        let lines = source[begin.upperBound..<end.lowerBound].split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }
        let code = lines.joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
        let imports = "import LifecycleEngine\nimport LifecycleJournal\nimport ModelLifecycle\n\n"
        #expect(try blocks("swift") == [imports + code + "\n"])
    }

    @Test func theSnippetWorks() async throws {
        try await withJournal { path in
            let seen = try await EmbeddingExample.run(path: path) { _ in QuietProvider() }
            #expect(seen.map(\.to) == [.loading, .warmingUp, .ready, .unloading, .uninitialized])
            #expect(try JournalReader(path: path).history(ReportFilter()).count == 5)
        }
    }

    @Test func theSQLExamplesRunOnAJournal() async throws {
        let examples = try blocks("sql")
        #expect(examples.count == 3)
        try await withJournal { path in
            _ = try await EmbeddingExample.run(path: path) { _ in QuietProvider() }
            var rows: [Int] = []
            for example in examples {
                var count = 0
                try ReadOnlySQL(path: path, sql: example).run(deadline: .seconds(10)) { _ in
                } row: { _ in
                    count += 1
                }
                rows.append(count)
            }
            // One load, no failed warm-up, one model.
            #expect(rows == [1, 0, 1])
        }
    }

    @Test func theMapNamesEveryFolderAndNoOther() throws {
        let readme = try text("README.md")
        let map = try #require(readme.components(separatedBy: "## Where things are").last)
        let named = Set(map.matches(of: /\| `([A-Za-z\/-]+)\/` \|/).map { String($0.1) })
        let manager = FileManager.default
        let sources = try manager.contentsOfDirectory(atPath: root.path + "/Sources").map { "Sources/" + $0 }
        #expect(named == Set(sources + ["migrations", "Tests", "tools", "findings", "docs", "Examples"]))
    }

    /// The version stands wherever something is made from this repository.
    @Test func thereIsOneVersion() throws {
        let version = ModelJournalCommand.version
        #expect(try text("docs/openapi.yaml").contains("\n  version: \(version)\n"))
        #expect(try text("tools/packaging/modeljournal.rb").contains("tag: \"v\(version)\""))
        #expect(try text("CHANGELOG.md").contains("\n## \(version)"))
    }

    /// tools/build-release compares with these.
    @Test func everyDependencyHasATestedVersionThatTheManifestAllows() throws {
        let lines = try text("tools/packaging/versions.txt").split(separator: "\n").map { $0.split(separator: " ") }
        let tested = Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), String($0[1])) })
        let dependencies = try text("Package.swift").matches(
            of: /\.package\(url: ".+\/(.+?)(?:\.git)?", from: "(.+?)"\)/)
        #expect(dependencies.count >= 17)
        for dependency in dependencies {
            let version = try #require(tested[dependency.1.lowercased()], "\(dependency.1)")
            #expect(version.compare(dependency.2, options: .numeric) != .orderedAscending, "\(dependency.1)")
        }
    }

    @Test func everyCommandIsInTheReadme() throws {
        let readme = try text("README.md")
        let commands =
            ModelJournalCommand.configuration.subcommands
            + ModelJournalCommand.configuration.groupedSubcommands.flatMap(\.subcommands)
        #expect(commands.count >= 11)
        for command in commands {
            let name = try #require(command.configuration.commandName)
            #expect(readme.contains("`\(name)"), "the README does not mention `\(name)`")
        }
    }
}
