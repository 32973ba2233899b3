import Dispatch
import ModelLifecycle
import PocketSphinxProvider
import Synchronization
import TestSupport
import Testing

@Suite(.needsPocketSphinx, .turn(of: "PocketSphinxProviderTests"))
struct PocketSphinxProviderTests {
    @Test(.needsTestData) func aRecordingIsTranscribed() async throws {
        let provider = PocketSphinxProvider.english()
        try await provider.load(.make())
        try await provider.warmUp(.silence(seconds: 2))
        let raw = try await provider.transcribe(.raw("goforward.raw"))
        #expect(raw.text == "go forward ten meters")
        let wave = try AudioSamples(waveFile: "\(Installation.testData)/cards/001.wav")
        #expect(try await provider.transcribe(wave).text == "ten of clubs")
        try await provider.unload()
    }

    @Test func itSaysWhatItCanDo() {
        let provider = PocketSphinxProvider.english()
        #expect(provider.name == "pocketsphinx")
        #expect(provider.capabilities.sampleRate == 16_000 && !provider.capabilities.cancellableLoad)
    }

    @Test func aModelIsLoadedAgainAfterAnUnload() async throws {
        let provider = PocketSphinxProvider.english()
        for _ in 0..<2 {
            try await provider.load(.make())
            try await provider.warmUp(.silence())
            try await provider.unload()
            await #expect(throws: Failure.self) { try await provider.transcribe(.silence()) }
        }
    }

    @Test func aSecondLoadReplacesTheFirst() async throws {
        let provider = PocketSphinxProvider.english()
        try await provider.load(.make())
        try await provider.load(.make())
        try await provider.warmUp(.silence())
        try await provider.unload()
    }

    @Test func unloadingNothingIsNoError() async throws {
        let provider = PocketSphinxProvider.english()
        try await provider.unload()
        try await provider.unload()
    }

    @Test func silenceAndNoAudioAreNoWords() async throws {
        let provider = PocketSphinxProvider.english()
        try await provider.load(.make())
        for audio in [AudioSamples.silence(), AudioSamples(samples: [], sampleRate: 16_000)] {
            #expect(try await provider.transcribe(audio).text == "")
            try await provider.warmUp(audio)
        }
        #expect(try await provider.transcribe(AudioSamples(samples: [1, 2, 3], sampleRate: 16_000)).text == "")
        try await provider.unload()
    }

    @Test(.needsTestData) func warmingUpChangesNoTranscript() async throws {
        let provider = PocketSphinxProvider.english()
        try await provider.load(.make())
        for _ in 0..<3 { try await provider.warmUp(.silence(seconds: 2)) }
        #expect(try await provider.transcribe(.raw("goforward.raw")).text == "go forward ten meters")
        try await provider.unload()
    }

    @Test func anotherSampleRateIsRefused() async throws {
        let provider = PocketSphinxProvider.english()
        try await provider.load(.make())
        let audio = AudioSamples.silence(sampleRate: 8000)
        let transcribing = await #expect(throws: Failure.self) { try await provider.transcribe(audio) }
        #expect(transcribing?.message == "the audio has 8000 Hz; PocketSphinx takes 16000 Hz")
        let warming = await #expect(throws: Failure.self) { try await provider.warmUp(audio) }
        #expect(warming?.reason == .warmupFailed)
        try await provider.unload()
    }

    @Test func withoutAModelThereIsNoTranscript() async throws {
        let provider = PocketSphinxProvider.english()
        let failure = await #expect(throws: Failure.self) { try await provider.transcribe(.silence()) }
        #expect(failure?.message == "no model is loaded")
    }

    @Test func loadingReportsProgress() async throws {
        let lines = Mutex(0)
        let provider = PocketSphinxProvider.english()
        try await provider.load(.make { lines.withLock { $0 += 1 } })
        // One for each log line; the library writes some thirty.
        #expect(lines.withLock { $0 } > 10)
        try await provider.unload()
    }

    @Test func aCancelledTaskLoadsNothing() async throws {
        let provider = PocketSphinxProvider.english()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await provider.load(.make())
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        await #expect(throws: Failure.self) { try await provider.transcribe(.silence()) }
    }

    @Test(.needsTestData) func instancesDoNotDisturbEachOther() async throws {
        let broken = try ModelCopy.digits()
        try broken.replace("m/mdef", with: Array("nonsense\n".utf8))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let provider = PocketSphinxProvider.english()
                    try await provider.load(.make())
                    #expect(try await provider.transcribe(.raw("goforward.raw")).text == "go forward ten meters")
                    try await provider.unload()
                }
                group.addTask { [configuration = broken.configuration] in
                    let provider = PocketSphinxProvider(configuration)
                    let failure = await #expect(throws: Failure.self) { try await provider.load(.make()) }
                    // Its own log, and nothing of the loads beside it.
                    #expect(failure?.message.contains("but read nonsense") == true)
                    #expect(failure?.outputTail?.contains("en-us") == false)
                }
            }
            try await group.waitForAll()
        }
    }

    /// As many loads as the pool has threads, and two more, all held up in the library. If one of them
    /// held a thread of the pool, nobody would be left to let them go.
    @Test(.needsTestData) func loadsDoNotHoldThreadsOfThePool() async throws {
        let model = try ModelCopy.digits()
        let count = activeProcessors() + 2
        let (arrivals, arrived) = AsyncStream.makeStream(of: Int.self)
        let gate = DispatchSemaphore(value: 0)
        let loads = (0..<count).map { number in
            let provider = model.provider
            return Task {
                let isFirst = Mutex(true)
                try await provider.load(
                    .make {
                        guard
                            isFirst.withLock({ first in
                                defer { first = false }; return first
                            })
                        else { return }
                        arrived.yield(number)
                        // The limit only keeps a failing test from hanging.
                        #expect(gate.wait(timeout: .now() + .seconds(20)) == .success)
                    })
                try await provider.unload()
            }
        }
        var held: Set<Int> = []
        for await number in arrivals {
            held.insert(number)
            if held.count == count { break }
        }
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 1...1000 {
                group.addTask {
                    await Task.yield()
                    return number
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 500_500)
        for _ in 0..<count { gate.signal() }
        for load in loads { try await load.value }
    }

    @Test(.needsTestData) func availabilityAnswersDuringALoad() async throws {
        let model = try ModelCopy.digits()
        let provider = model.provider
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let isFirst = Mutex(true)
        let load = Task {
            try await provider.load(
                .make {
                    guard
                        isFirst.withLock({ first in
                            defer { first = false }; return first
                        })
                    else { return }
                    arrived.yield()
                    // The limit only keeps a failing test from hanging.
                    #expect(gate.wait(timeout: .now() + .seconds(20)) == .success)
                })
        }
        for await _ in arrivals { break }
        guard case .available = await provider.availability() else {
            Issue.record("unavailable")
            return
        }
        gate.signal()
        try await load.value
        try await provider.unload()
    }
}
