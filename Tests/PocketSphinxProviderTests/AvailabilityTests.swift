import Foundation
import ModelLifecycle
import PocketSphinxProvider
import TestSupport
import Testing

@Suite(.turn(of: "PocketSphinxProviderTests")) struct AvailabilityTests {
    private static let missing = "/nowhere/libpocketsphinx.so.3"

    private func reason(_ provider: PocketSphinxProvider) async throws -> String {
        guard case .unavailable(let reason) = await provider.availability() else {
            throw Failure(.providerNotAvailable, "it is available")
        }
        return reason
    }

    @Test(.needsPocketSphinx) func anInstalledLibraryIsAvailableWithItsVersion() async throws {
        guard case .available(let version) = await PocketSphinxProvider.english().availability() else {
            Issue.record("unavailable")
            return
        }
        let numbers = try #require(version).split(separator: ".").map { Int($0) }
        #expect([3, 5].contains(numbers.first) && !numbers.contains(nil))
    }

    @Test func aMissingLibraryIsNamedInOneLine() async throws {
        let provider = PocketSphinxProvider(ProviderConfiguration(model: "en-us"), libraryPath: Self.missing)
        let reason = try await reason(provider)
        #expect(reason.contains(Self.missing) && reason.contains("MODELJOURNAL_POCKETSPHINX_LIBRARY"))
        #expect(!reason.contains("\n"))
        let failure = await #expect(throws: Failure.self) { try await provider.load(.make()) }
        #expect(failure?.reason == .providerNotAvailable && failure?.message == reason)
        try await provider.unload()
    }

    @Test func aFileThatIsNoLibraryIsRefused() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).so")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("no library".utf8).write(to: file)
        let provider = PocketSphinxProvider(ProviderConfiguration(model: "en-us"), libraryPath: file.path)
        #expect(try await reason(provider).hasPrefix("\(file.path) cannot be used"))
    }

    #if os(Linux)
        @Test func anotherLibraryIsRefused() async throws {
            let provider = PocketSphinxProvider(ProviderConfiguration(model: "en-us"), libraryPath: "libm.so.6")
            #expect(try await reason(provider).contains("has no function ps_init"))
        }
    #endif

    @Test(.needsPocketSphinx) func anUnknownOptionIsNamed() async throws {
        let provider = PocketSphinxProvider(ProviderConfiguration(model: "en-us", options: ["beam": "1", "lm": "x"]))
        #expect(try await reason(provider) == "unknown option beam: the pocketsphinx provider has hmm, lm and dict")
    }

    @Test(.needsPocketSphinx) func aMissingFolderIsNamed() async throws {
        let provider = PocketSphinxProvider(ProviderConfiguration(model: "en-us", modelPath: "/nowhere"))
        #expect(try await reason(provider) == "there is no model folder /nowhere")
    }

    @Test(
        .needsPocketSphinx,
        arguments: [
            ("m/mdef", "has no folders with a file mdef"), ("m/means", "there is no file"),
            ("m/variances", "there is no file"), ("m/transition_matrices", "there is no file"),
            ("m/sendump", "there is no file"), ("m.lm.bin", "there is no language model"),
            ("m.dict", "has no files ending in .dict"),
        ])
    func aMissingModelFileIsNamed(_ name: String, _ expected: String) async throws {
        let model = try ModelCopy.english()
        try model.remove(name)
        #expect(try await reason(model.provider).contains(expected))
        #expect(try await model.loadFailure()?.reason == .providerNotAvailable)
    }

    @Test(.needsPocketSphinx) func optionsOverrideThePartsOfTheFolder() async throws {
        let model = try ModelCopy.english()
        try model.remove("m.dict")
        let english = try Installation.englishFiles()
        var configuration = model.configuration
        configuration.options = ["dict": english.dict]
        let files = try ModelFiles(configuration)
        #expect(files.dict == english.dict && files.hmm == model.folder.path + "/m")
        configuration = ProviderConfiguration(
            model: "x", modelPath: "/nowhere", options: ["hmm": english.hmm, "lm": english.lm, "dict": english.dict])
        #expect(try ModelFiles(configuration) == english)
    }

    @Test(.needsPocketSphinx) func twoDictionariesNeedAnOption() async throws {
        let model = try ModelCopy.english()
        try model.replace("m.dict", with: [])
        try Data().write(to: model.folder.appending(path: "n.dict"))
        #expect(try await reason(model.provider).contains("has 2 files ending in .dict; name one with the option dict"))
    }

    @Test(arguments: [
        ("/usr/lib/libpocketsphinx.so.3.0.0", "3.0.0"), ("/opt/libpocketsphinx.3.dylib", "3"),
        ("/opt/libpocketsphinx.so.5.0.0", "5.0.0"), ("/opt/libpocketsphinx.so", nil), ("", nil),
    ])
    func theVersionIsThatOfTheFileName(_ path: String, _ version: String?) {
        #expect(SphinxLibrary.versionSuffix(of: path) == version)
    }
}
