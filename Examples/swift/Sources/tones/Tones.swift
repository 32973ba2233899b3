import Foundation
import LifecycleEngine
import LifecycleJournal
import Logging
import ModelLifecycle
import ToneTable

/// Hears which telephone keys are in a recording, and journals how the model for that was loaded.
@main
enum Tones {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 3 else {
            complain("usage: tones JOURNAL TABLE RECORDING")
            complain("RECORDING is raw audio: signed 16-bit little-endian samples, mono, 16 kHz")
            exit(64)
        }
        do {
            let recording = try Data(contentsOf: URL(filePath: arguments[2]))
            print(try await hear(AudioSamples(raw: recording), table: arguments[1], journal: arguments[0]))
        } catch {
            complain("tones: \(error)")
            exit(1)
        }
    }

    static func hear(_ recording: AudioSamples, table: String, journal path: String) async throws -> String {
        let registry = ASRProviderRegistry()
        registry.registerToneTable()
        let configuration = RunConfiguration(
            model: "telephone", provider: "tone-table", modelPath: table, startupTimeout: .seconds(5))

        // The tool tells itself what happens.
        var logger = Logger(label: "tones")
        logger.logLevel = .critical
        let journal = try EngineJournal(path: path)
        let preloader = try await ModelPreloader(
            configuration: configuration, registry: registry, journal: journal, logger: logger)
        let transitions = preloader.transitions
        let narrator = Task {
            for await transition in transitions { complain("\(transition.from) → \(transition.to)") }
        }

        let ready = await preloader.initialize()
        let text = ready ? try? await preloader.transcribe(recording).text : nil
        let failure = preloader.health.lastError
        _ = await preloader.unload()
        await preloader.close()
        await narrator.value
        try journal.close()

        guard let text else { throw failure ?? Failure(.runtimeUnhealthy, "the recording could not be heard") }
        return text
    }

    private static func complain(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
}
