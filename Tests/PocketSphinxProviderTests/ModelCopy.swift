import Foundation
import ModelLifecycle
import PocketSphinxProvider

/// A model's folder in a temporary place, made of links to an installed one, so that single files
/// can be replaced. Removed with the instance.
final class ModelCopy {
    let folder: URL

    /// The library's model of spoken digits: small, so it loads in milliseconds.
    static func digits() throws -> ModelCopy {
        let source = URL(filePath: "\(Installation.testData)/tidigits")
        return try ModelCopy(
            hmm: source.appending(path: "hmm"), lm: source.appending(path: "lm/tidigits.lm.bin"),
            dict: source.appending(path: "lm/tidigits.dic"))
    }

    /// The library's model for commands to a turtle: continuous densities, and a text as definition.
    static func turtle() throws -> ModelCopy {
        let source = URL(filePath: Installation.testData)
        return try ModelCopy(
            hmm: source.appending(path: "an4_ci_cont"), lm: source.appending(path: "turtle.lm.bin"),
            dict: source.appending(path: "turtle.dic"))
    }

    /// The English model.
    static func english() throws -> ModelCopy {
        let files = try Installation.englishFiles()
        return try ModelCopy(
            hmm: URL(filePath: files.hmm), lm: URL(filePath: files.lm), dict: URL(filePath: files.dict))
    }

    private init(hmm: URL, lm: URL, dict: URL) throws {
        let files = FileManager.default
        folder = files.temporaryDirectory.appending(path: "pocketsphinx-\(UUID())")
        try files.createDirectory(at: folder.appending(path: "m"), withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: hmm.path) {
            try files.createSymbolicLink(
                at: folder.appending(path: "m/\(name)"), withDestinationURL: hmm.appending(path: name))
        }
        try files.createSymbolicLink(at: folder.appending(path: "m.lm.bin"), withDestinationURL: lm)
        try files.createSymbolicLink(at: folder.appending(path: "m.dict"), withDestinationURL: dict)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var configuration: ProviderConfiguration { ProviderConfiguration(model: "copy", modelPath: folder.path) }
    var provider: PocketSphinxProvider { PocketSphinxProvider(configuration) }

    func path(of name: String) -> String { folder.appending(path: name).path }

    func bytes(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name).resolvingSymlinksInPath()))
    }

    func replace(_ name: String, with bytes: [UInt8]) throws {
        try remove(name)
        try Data(bytes).write(to: folder.appending(path: name))
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: folder.appending(path: name))
    }

    /// The failure of a load; nil if it succeeds. Afterwards nothing is loaded.
    func loadFailure() async throws -> Failure? {
        let provider = provider
        do {
            try await provider.load(.make())
            try await provider.unload()
            return nil
        } catch let failure as Failure {
            try await provider.unload()
            return failure
        }
    }
}
