import Testing

@testable import ServerProvider

@Suite("A command line as it is recorded")
struct RecordedCommandTests {
    private static func recorded(_ command: [String]) -> [String] {
        RecordedCommand(command, isFile: { $0.hasPrefix("/models/") }).words
    }

    @Test(arguments: [
        ["whisper-server", "-m", "/models/base.bin", "--port", "8080", "-t", "4"],
        ["/usr/bin/llama-server", "--model", "/models/q4.gguf", "--ctx-size", "4096", "--host", "127.0.0.1"],
        ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "meta-llama/Llama-3", "--dtype", "auto"],
        ["vllm", "serve", "meta-llama/Llama-3", "--gpu-memory-utilization", "0.9", "--enforce-eager"],
        ["mlserver", "start", "/models/iris"], ["s", "--max-tokens", "512", "--max-tokens=512"],
        ["server", "--temperature", "-1", "--model=/models/a.bin"],
    ])
    func whatIsKnownToBeHarmlessStays(command: [String]) {
        #expect(Self.recorded(command) == command)
        #expect(RecordedCommand(command, isFile: { $0.hasPrefix("/models/") }).isComplete)
    }

    @Test(arguments: [
        (["s", "--api-key", "hunter2"], 2), (["s", "--api-key=hunter2"], 1),
        (["s", "--hf-token", "hf_abcdefghijklmnopqrstuvwxyz0123"], 2),
        (["bash", "-c", "export TOKEN=hunter2; exec server"], 2), (["python3", "-c", "print('hunter2')"], 2),
        (["s", "-p", "hunter2"], 2), (["s", "--unheard-of", "hunter2"], 2),
        (["s", "--url", "https://bob:hunter2@host/"], 2), (["s", "sk-proj-a1b2c3d4e5f6g7h8i9j0k1l2m3n4"], 1),
        (["s", "--password", "12345678"], 2), (["s", "--api-key=998877665544"], 1),
        (["s", "https://bob:hunter2@host/model"], 1), (["s", "--header", "Authorization: Bearer hunter2"], 2),
    ])
    func anyOtherValueIsLeftOut(command: [String], place: Int) {
        let recorded = Self.recorded(command)
        #expect(recorded.count == command.count)
        #expect(recorded[place].contains("[redacted]"))
        #expect(!recorded.joined(separator: " ").contains("hunter2"))
        #expect(!RecordedCommand(command, isFile: { _ in false }).isComplete)
    }
}
