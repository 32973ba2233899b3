import Foundation
import Testing

@testable import ServerProvider

@Suite("Files of presets")
struct ServerPresetFileTests {
    private static let smallest = "name = \"x\"\n[address]\nport = 80\n[probe]\n"

    @Test func fourLinesAreAPreset() throws {
        let preset = try ServerPreset(Self.smallest, file: "x.toml")
        #expect(preset.name == "x" && preset.port == 80 && preset.readyPath == "/" && preset.warmupPath == nil)
    }

    @Test(
        arguments: [
            ("name = ", "x.toml: it is not TOML"), ("name = 3", "'name' is missing, or of another type"),
            ("nam = \"x\"", "'nam' is not a key of a preset"),
            (smallest.replacing("port", with: "prt"), "'address.prt' is not a key of a preset"),
            (smallest.replacing("80", with: "0"), "'address.port' must be 1 to 65535"),
            (smallest.replacing("80", with: "\"80\""), "'address.port'"),
            (smallest + "kind = \"gopher\"\n", "'probe.kind' must be one of http, tcp, ws, wyoming"),
            (smallest + "path = \"health\"\n", "a path must begin with '/'"),
            (smallest + "ready_successes = 0\n", "'probe.ready_successes' must be 1 to 100"),
            (smallest + "ready_when = [\"status\"]\n", "status"),
            (smallest + "[warmup]\npath = \"/x\"\n", "'warmup' needs either 'body' or 'audio_field'"),
            (smallest + "[[exit]]\nstatus = 1\nphase = \"later\"\nmeans = \"y\"\n", "'exit.phase' must be"),
            (smallest + "[[exit]]\nstatus = 99999999999\nmeans = \"y\"\n", "'exit.status' must be 0 to 255"),
            (smallest + "path = \"/a b\"\n", "is not a path for HTTP"),
            (smallest + "method = \"CON NECT\"\n", "is not a method"),
            (smallest + "[model_facts]\nvalues = [\"x\"]\n", "'x' is no fact: write NAME: PATH"),
            (smallest + "[model_facts]\nvalues = [\"x: a..b\"]\n", "'x: a..b' is no fact: "),
            (smallest + "kind = \"tcp\"\nready_when = [\"status=OK\"]\n", "is for a probe over HTTP"),
            (smallest + "kind = \"wyoming\"\nready_when = [\"http=200\"]\n", "a condition on http is for a probe"),
            (smallest + "[[exit]]\nstatus = 1\nmeens = \"y\"\n", "'exit.meens' is not a key of a preset"),
        ])
    func whatIsNotAPresetIsRefusedWithItsKey(text: String, words: String) {
        let error = #expect(throws: InvalidServerSetting.self) { try ServerPreset(text, file: "x.toml") }
        #expect(
            error?.description.hasPrefix("x.toml: ") == true && error?.description.contains(words) == true,
            "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func aFileIsFoundByItsPath() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "preset-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "mine.toml")
        try Data((Self.smallest + "path = \"/up\"\n").utf8).write(to: file)
        var server = try ServerConfiguration(command: ["server"], preset: file.path, model: "m")
        server.workingDirectory = "/tmp"
        #expect(server.probe?.description == "http://127.0.0.1:80/up")
        #expect(server.preset == file.path)
        #expect(try ServerConfiguration(recorded: server.recorded) == server)
        let missing = #expect(throws: InvalidServerSetting.self) {
            try ServerConfiguration(command: ["server"], preset: folder.path + "/none.toml", model: "m")
        }
        #expect(missing?.isMissingFile == true)
    }

    /// Their own options and variables come before the usual ones.
    @Test func theModelsFileIsFound() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "preset-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "model.bin").path
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        let sherpa = ["sherpa-onnx-offline-websocket-server", "--model-type=tdnn", "--tdnn-model=\(file)"]
        #expect(try ServerConfiguration(command: sherpa, preset: "sherpa-onnx", model: "m").modelFile == file)
        #expect(try ServerConfiguration(command: sherpa, preset: nil, model: "m").modelFile == nil)
        var llama = ServerConfiguration(command: ["llama-server"])
        try ServerPreset("llama-server").apply(to: &llama, model: "m", environment: ["LLAMA_ARG_MODEL": file])
        #expect(llama.modelFile == file)
        try ServerPreset("llama-server").apply(to: &llama, model: "m", environment: ["LLAMA_ARG_MODEL": "/nowhere"])
        #expect(llama.modelFile == nil)
    }

    /// Whatever is misspelled in a built-in one would end the program.
    @Test func theBuiltInOnesAreNamedAsTheirFiles() {
        #expect(ServerPreset.all.map(\.name) == PresetFiles.all.map(\.name))
        #expect(ServerPreset.all.allSatisfy { !$0.facts.isEmpty && $0.title != $0.name || $0.file.title != nil })
    }
}
