import Foundation
import ModelLifecycle
import Testing

@testable import ServerProvider

@Suite("What exit statuses and signals say") struct EndingWordsTests {
    private func words(_ status: Int32, _ phase: ExitMeaning.Phase = .beforeReady, preset: String? = nil) throws
        -> String?
    {
        var configuration = ServerConfiguration(command: ["x"])
        if let preset { configuration = try ServerConfiguration(command: ["x"], preset: preset, model: "m") }
        return ExitStatus.words(for: status, in: phase, configuration)
    }

    @Test(
        "a shell's way to say that a signal ended its child",
        arguments: [
            (137, "128 + 9: a process in it was ended by SIGKILL"),
            (139, "128 + 11: a process in it was ended by SIGSEGV"),
            (134, "128 + 6: a process in it was ended by SIGABRT"),
            (132, "128 + 4: a process in it was ended by SIGILL"),
            (143, "128 + 15: it or a process in it was ended by SIGTERM"),
            (130, "128 + 2: it or a process in it was ended by SIGINT"),
        ])
    func wrappers(status: Int32, expected: String) throws { #expect(try words(status) == expected) }

    @Test("other statuses are what they are", arguments: [0, 1, 2, 3, 64, 125, 128, 192, 200, 255] as [Int32])
    func others(status: Int32) throws { #expect(try words(status) == nil) }

    @Test func commandsThatWereNotFound() throws {
        #expect(try words(127) == "as shells and env say that a command was not found")
        #expect(try words(126)?.contains("could not be executed") == true)
    }

    @Test(
        "a preset's meaning holds in its phase",
        arguments: [
            ("whisper-server", 3, "missing or damaged", nil), ("whisper-server", 0, "wrong arguments", nil),
            ("whisper-server", 1, "could not be bound", nil), ("llama-server", 1, "could not be loaded", nil),
            ("vllm", 0, nil, "its engine process has ended"),
            ("torchserve", 0, "whatever happened", "whatever happened"),
        ] as [(String, Int32, String?, String?)])
    func presets(preset: String, status: Int32, before: String?, after: String?) throws {
        let (early, late) = (try words(status, preset: preset), try words(status, .afterReady, preset: preset))
        #expect(before == nil ? early == nil : early?.contains(before ?? "") == true, "\(early ?? "-")")
        #expect(after == nil ? late == nil : late?.contains(after ?? "") == true, "\(late ?? "-")")
    }

    @Test func whatAnEmbedderSaysHoldsInEveryPhase() {
        let configuration = ServerConfiguration(command: ["x"], exitMeanings: [7: "no licence"])
        for phase in ExitMeaning.Phase.allCases {
            #expect(ExitStatus.words(for: 7, in: phase, configuration) == "no licence")
        }
        #expect(ServerPreset.named("whisper-server")?.exitMeanings[3] == "the model is missing or damaged")
    }

    @Test func anIllegalInstructionNamesWhatThisProcessorLacks() {
        let old = ProcessorFeatures(cpuinfo: "processor\t: 0\nflags\t\t: fpu sse2 avx f16c\n\nprocessor\t: 1\n")
        #expect(
            SignalMeaning.of(SIGILL, processor: old)
                == "an illegal instruction; this processor has no FMA, AVX2, AVX-512F")
        let new = ProcessorFeatures(cpuinfo: "flags : avx f16c fma avx2 avx512f\n")
        #expect(
            SignalMeaning.of(SIGILL, processor: new) == "an illegal instruction: it may be built for another processor")
        // ARM has no such line.
        #expect(ProcessorFeatures(cpuinfo: "Features\t: fp asimd\n").missing == [])
    }

    @Test func aLimitOfProcessorTimeIsNamedWhereItWasReached() throws {
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax cpu time   2    5    seconds\nMax file size  unlimited\n"
        func process(_ ticks: Int) throws -> SeenProcess {
            try #require(SeenProcess(stat: "1 (x) R 1 1 1 0 0 0 0 0 0 0 \(ticks) 0 0 0 0 0 1 0 5"))
        }
        let perSecond = sysconf(Int32(_SC_CLK_TCK))
        let spent = try #require(ProcessorTime(limits: limits, [try process(0), try process(2 * perSecond)]))
        #expect(
            spent.remark(on: SIGKILL)
                == "its limit of processor time is 2 s, ulimit -t, and at the last look it had used 2.0 s")
        #expect(spent.remark(on: SIGSEGV) == nil)
        #expect(try #require(ProcessorTime(limits: limits, [try process(0)])).remark(on: SIGKILL) == nil)
        let none = "Max cpu time              unlimited            unlimited            seconds\n"
        #expect(ProcessorTime(limits: none, [try process(2 * perSecond)]) == nil)
    }

    @Test func signalsThatOthersSendMeanNothingByThemselves() {
        for signal in [SIGTERM, SIGKILL, SIGINT, SIGHUP] { #expect(SignalMeaning.of(signal) == nil) }
        #expect(SignalMeaning.of(SIGSYS)?.contains("seccomp") == true)
        #expect(
            SignalName.of(SIGBUS) == "SIGBUS" && SignalName.of(SIGSYS) == "SIGSYS" && SignalName.of(60) == "signal 60")
    }

    @Test func aDaemonThatEndsProcessesForMemoryIsNamedOnlyWhileItIsShort() {
        let daemons = { [MemoryDaemon(name: "earlyoom", pid: 512)] }
        let (little, much, total): (Int64, Int64, Int64) = (300 << 20, 8 << 30, 16 << 30)
        #expect(
            MemoryDaemon.remark(on: 15, available: little, total: total, daemons: daemons)
                == "earlyoom (pid 512) runs here and ends processes with SIGTERM when memory is short: 300 MB of 16.0 GB were available"
        )
        #expect(MemoryDaemon.remark(on: 15, available: much, total: total, daemons: daemons) == nil)
        #expect(MemoryDaemon.remark(on: 11, available: little, total: total, daemons: daemons) == nil)
        #expect(MemoryDaemon.remark(on: 15, available: nil, total: total, daemons: daemons) == nil)
        #expect(MemoryDaemon.remark(on: 15, available: little, total: total, daemons: { [] }) == nil)
        // This one knows only SIGKILL.
        let other = { [MemoryDaemon(name: "systemd-oomd", pid: 1)] }
        #expect(MemoryDaemon.remark(on: 15, available: little, total: total, daemons: other) == nil)
        #expect(MemoryDaemon.remark(on: 9, available: little, total: total, daemons: other) != nil)
    }
}
