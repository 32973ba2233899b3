import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

/// What a provider tells between two transitions goes into the journal, and no transition waits for it.
struct NoteTests {
    private struct Refusal: Error {}

    private func ready(_ bench: EngineBench) async throws -> LoadContext {
        #expect(await bench.preloader.initialize())
        return try #require(bench.provider.contexts.last)
    }

    @Test func theVersionIsThereBeforeTheLoadHasEnded() async throws {
        let bench = try await EngineBench()
        let gate = Gate()
        bench.provider.script(.load, .wait(gate))
        let starter = try await bench.startLoading()
        try await bench.recorder.noted(1)
        #expect(bench.recorder.notes.first?.note.version == "1.2.3")
        #expect(bench.path == [.loading])
        gate.open()
        #expect(await starter.value)
    }

    @Test func aNoteBelongsToTheRunThatItWasToldIn() async throws {
        let bench = try await EngineBench()
        let first = try await ready(bench)
        #expect(await bench.preloader.unload())
        let second = try await ready(bench)
        first.reportNote(RunNote(.worker, message: "first"))
        second.reportNote(RunNote(.worker, message: "second"))
        await bench.preloader.close()
        let told = bench.recorder.notes.filter { $0.note.kind == .worker }
        #expect(told.map(\.run) == [first.runID, second.runID])
        #expect(told.map(\.note.message) == ["first", "second"])
    }

    /// A disk that takes its time over a note delays nothing else.
    @Test func noTransitionWaitsForANote() async throws {
        let bench = try await EngineBench()
        let gate = bench.recorder.blockNotes()
        let context = try await ready(bench)
        context.reportNote(RunNote(.output, output: "x\n"))
        #expect(await bench.preloader.unload())
        #expect(bench.path.last == .uninitialized && bench.recorder.notes.isEmpty)
        gate.open()
    }

    @Test func closingWaitsForTheNotes() async throws {
        let bench = try await EngineBench()
        let context = try await ready(bench)
        for number in 0..<20 { context.reportNote(RunNote(.output, output: "\(number)\n")) }
        await bench.preloader.close()
        #expect(bench.recorder.notes.compactMap(\.note.output) == (0..<20).map { "\($0)\n" })
    }

    @Test func whatTheDiskRefusesIsTriedAgainWithTheNextNote() async throws {
        let bench = try await EngineBench()
        let context = try await ready(bench)
        bench.recorder.failNotes(Refusal())
        context.reportNote(RunNote(.worker, message: "refused"))
        await bench.preloader.notesWritten()
        #expect(!bench.recorder.notes.contains { $0.note.message == "refused" })
        bench.recorder.heal()
        context.reportNote(RunNote(.worker, message: "next"))
        await bench.preloader.close()
        #expect(bench.recorder.notes.compactMap(\.note.message) == ["refused", "next"])
    }

    /// A server that misbehaves for weeks must not fill the disk.
    @Test func aRunLeavesOnlySoManyNotes() async throws {
        let bench = try await EngineBench()
        let context = try await ready(bench)
        for number in 0..<2_000 {
            context.reportNote(RunNote(.worker, message: "\(number)"))
            await bench.preloader.notesWritten()
        }
        await bench.preloader.close()
        #expect(bench.recorder.notes.count == 600)
        #expect(bench.recorder.notes.last?.note.message?.hasSuffix("further notes of this run are not kept") == true)
    }

    @Test func aRunLeavesOnlySoMuchText() async throws {
        let bench = try await EngineBench()
        let context = try await ready(bench)
        let text = String(repeating: "x", count: 1 << 20)
        for _ in 0..<20 {
            context.reportNote(RunNote(.output, output: text))
            await bench.preloader.notesWritten()
        }
        await bench.preloader.close()
        #expect(bench.recorder.notes.compactMap(\.note.output).count == 7)
    }
}
