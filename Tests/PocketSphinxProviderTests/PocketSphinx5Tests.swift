import ModelLifecycle
import PocketSphinxProvider
import TestSupport
import Testing

/// PocketSphinx 5 beside the library that this process uses otherwise. All other tests of the provider run on
/// it too, when `tools/test` names it in MODELJOURNAL_POCKETSPHINX_LIBRARY.
@Suite(.needsPocketSphinx5, .turn(of: "PocketSphinxProviderTests"))
struct PocketSphinx5Tests {
    private static func provider() -> PocketSphinxProvider {
        PocketSphinxProvider(ProviderConfiguration(model: "en-us"), libraryPath: PocketSphinx5.library)
    }

    @Test func itIsAvailableWithTheVersionOfItsInterface() async throws {
        #expect(await Self.provider().availability() == .available(version: "5.0.0"))
    }

    @Test func theModelItWasInstalledWithIsTheDefault() throws {
        let library = try SphinxLibrary.open(path: PocketSphinx5.library)
        #expect(library.modelFolder == PocketSphinx5.modelFolder)
        let configuration = ProviderConfiguration(model: "en-us")
        let files = try ModelFiles(configuration, libraryFolder: library.modelFolder)
        #expect(files.hmm == "\(PocketSphinx5.modelFolder)/en-us")
        #expect(files.lm == "\(PocketSphinx5.modelFolder)/en-us.lm.bin")
        #expect(files.dict == "\(PocketSphinx5.modelFolder)/cmudict-en-us.dict")
        let other = ProviderConfiguration(model: "en-us", modelPath: "/nowhere")
        #expect(throws: NotAvailable("there is no model folder /nowhere")) {
            try ModelFiles(other, libraryFolder: library.modelFolder)
        }
    }

    /// Each library with its own model and with the other's.
    @Test(.needsTestData) func twoReleasesServeInOneProcess() async throws {
        let models = ["/usr/share/pocketsphinx/model/en-us", PocketSphinx5.modelFolder]
        var providers: [PocketSphinxProvider] = []
        for library in [PocketSphinx5.library, "libpocketsphinx.so.3"] {
            for model in models {
                let configuration = ProviderConfiguration(model: "en-us", modelPath: model)
                providers.append(PocketSphinxProvider(configuration, libraryPath: library))
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for provider in providers {
                group.addTask {
                    try await provider.load(.make())
                    try await provider.warmUp(.silence(seconds: 2))
                    #expect(try await provider.transcribe(.raw("goforward.raw")).text == "go forward ten meters")
                    try await provider.unload()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(.needsTestData) func aDamagedModelIsReportedByTheLibraryThatReadIt() async throws {
        let model = try ModelCopy.digits()
        try model.replace("m/mdef", with: Array("nonsense\n".utf8))
        for (library, spelling) in [(PocketSphinx5.library, "Expecting"), ("libpocketsphinx.so.3", "Expecing")] {
            let provider = PocketSphinxProvider(model.configuration, libraryPath: library)
            let failure = await #expect(throws: Failure.self) { try await provider.load(.make()) }
            #expect(failure?.message.contains("Version error: \(spelling) 0.3, but read nonsense") == true)
            #expect(failure?.outputTail?.contains("INFO: ") == true)
        }
    }

    /// Audio with less energy than one bit of noise, in which release 5 by itself hears words.
    @Test func silenceThatIsNotAllZeroIsNoWordEither() async throws {
        let provider = Self.provider()
        try await provider.load(.make())
        let constant = AudioSamples(samples: Array(repeating: 1, count: 16_000), sampleRate: 16_000)
        let clicks = AudioSamples(samples: (0..<16_000).map { $0 % 1000 == 0 ? 1 : 0 }, sampleRate: 16_000)
        for audio in [AudioSamples.silence(), constant, clicks] {
            #expect(try await provider.transcribe(audio).text == "")
        }
        try await provider.unload()
    }
}
