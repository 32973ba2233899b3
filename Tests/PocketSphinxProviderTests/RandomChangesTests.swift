import Foundation
import ModelLifecycle
import PocketSphinxProvider
import TestSupport
import Testing

/// How many changed files each test tries; MODELJOURNAL_FUZZ_ROUNDS sets another number.
private let rounds = Int(ProcessInfo.processInfo.environment["MODELJOURNAL_FUZZ_ROUNDS"] ?? "") ?? 20

@Suite(.needsTestData, .turn(of: "PocketSphinxProviderTests"))
struct RandomChangesTests {
    @Test(arguments: [
        "m/mdef", "m/means", "m/variances", "m/transition_matrices", "m/sendump", "m/feat.params", "m.lm.bin", "m.dict",
    ])
    func randomChangesNeverEndTheProcess(_ name: String) async throws {
        try await changeAtRandom(name, of: .digits(), audio: .raw("tidigits/dhd.2934z.raw"))
    }

    @Test(arguments: ["m/mdef", "m/means", "m/mixture_weights", "m/transition_matrices", "m/feat.params", "m.lm.bin"])
    func randomChangesOfAnotherKindOfModelNeverEndTheProcess(_ name: String) async throws {
        try await changeAtRandom(name, of: .turtle(), audio: .raw("goforward.raw"))
    }

    /// Makes a file wrong in a few places, many times: whatever comes of it, this process must live on.
    private func changeAtRandom(_ name: String, of model: ModelCopy, audio: AudioSamples) async throws {
        let original = try model.bytes(of: name)
        var random = SplitMix(seed: 0x5EED)
        var failures = 0
        for _ in 0..<rounds {
            var bytes = original
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                // Half of the changes hit the header, where they do most.
                let range = Bool.random(using: &random) ? 0..<min(800, bytes.count) : 0..<bytes.count
                bytes[Int.random(in: range, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try model.replace(name, with: bytes)
            let provider = model.provider
            do {
                try await provider.load(.make())
                _ = try await provider.transcribe(audio)
            } catch is Failure {
                failures += 1
            }
            try await provider.unload()
        }
        #expect(failures > 0)
    }
}
