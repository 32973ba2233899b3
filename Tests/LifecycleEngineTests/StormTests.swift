import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

/// Many callers at once, on real threads: whoever posts handles, so the threads change all the time.
@Suite("Many callers at once", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct StormTests {
    @Test(arguments: [false, true])
    func theTransitionsFormOnePath(isJournaled: Bool) async throws {
        let provider = ScriptedProvider()
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { _ in provider }
        let journal = RecordingJournal()
        let preloader = try await ModelPreloader(
            configuration: RunConfiguration(model: "en-us", provider: "scripted"), registry: registry,
            journal: isJournaled ? journal : nil, logger: .silent)
        let seen = preloader.transitions
        await withTaskGroup { group in
            for caller in 0..<16 {
                group.addTask {
                    for step in 0..<200 {
                        switch (caller + step * 7) % 5 {
                        case 0, 1: _ = await preloader.initialize()
                        case 2: _ = await preloader.unload()
                        case 3: _ = await preloader.waitUntilReady(timeout: .milliseconds(1))
                        default:
                            let cancelled = Task { await preloader.initialize() }
                            cancelled.cancel()
                            _ = await cancelled.value
                        }
                    }
                }
            }
        }
        _ = await preloader.unload()
        await preloader.close()
        var path: [Transition] = []
        for await transition in seen { path.append(transition) }
        #expect(path.count > 16)
        #expect(path.first?.from == .uninitialized)
        #expect(path.last?.to == .uninitialized)
        for (before, after) in zip(path, path.dropFirst()) {
            #expect(before.to == after.from)
            #expect(LifecycleTable.isLegal(from: after.from, trigger: after.trigger, to: after.to))
            #expect(after.ordinal == (after.run == before.run ? before.ordinal + 1 : 1))
        }
        #expect(provider.mostInMemory <= 1)
        #expect(provider.mostAtWork <= 1)
        if isJournaled {
            #expect(journal.recorder(of: "en-us").rows == path)
            #expect(journal.recorder(of: "en-us").violations.isEmpty)
        }
    }
}
