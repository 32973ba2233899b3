import Foundation
public import LifecycleEngine
public import ModelLifecycle

/// Loads a table of tones from a file and hears telephone keys with it.
public actor ToneTableProvider: ASRProvider {
    public nonisolated let name = "tone-table"
    public nonisolated let capabilities = ProviderCapabilities(sampleRate: 16_000)
    private nonisolated let path: String
    private var table: ToneTable?

    /// - Throws: `Failure` where the configuration names no file: nothing could ever be loaded with it.
    public init(_ configuration: ProviderConfiguration) throws {
        guard let path = configuration.modelPath else {
            throw Failure(.providerNotAvailable, "tone-table needs the path of a table")
        }
        self.path = path
    }

    public nonisolated func availability() async -> ProviderAvailability {
        FileManager.default.isReadableFile(atPath: path)
            ? .available(version: nil) : .unavailable(reason: "no table that can be read at \(path)")
    }

    public func load(_ context: LoadContext) async throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var table = ToneTable()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            // An unload while it loads cancels the task; who does not look is waited for.
            try Task.checkCancellation()
            try table.add(line: line, number: index + 1)
            // Only a run with a `loadStallTimeout` needs to hear that loading moves on.
            context.reportProgress()
        }
        guard !table.rows.isEmpty else { throw Failure(.modelLoadFailed, "no rows in \(path)") }
        self.table = table
    }

    public func warmUp(_ audio: AudioSamples) async throws { _ = try await transcribe(audio) }

    public func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        guard let table else { throw Failure(.runtimeUnhealthy, "no table is loaded") }
        guard audio.sampleRate == capabilities.sampleRate else {
            throw Failure(.runtimeUnhealthy, "\(audio.sampleRate) Hz, not \(capabilities.sampleRate) Hz")
        }
        return Transcript(text: try table.keys(in: audio.samples, sampleRate: audio.sampleRate))
    }

    // Also called after a load that failed: having nothing to give back is no error.
    public func unload() async throws { table = nil }
}

extension ASRProviderRegistry {
    /// Makes `tone-table` known.
    public func registerToneTable() {
        register(ProviderInformation(name: "tone-table", summary: "telephone keys, from a table of tones")) {
            try ToneTableProvider($0)
        }
    }
}

extension AudioSamples {
    /// Raw audio: signed 16-bit samples, little endian, mono, 16 kHz. A last odd byte is left out.
    public init(raw bytes: some Sequence<UInt8>) {
        var samples: [Int16] = []
        var low: UInt8?
        for byte in bytes {
            if let first = low {
                samples.append(Int16(bitPattern: UInt16(byte) << 8 | UInt16(first)))
                low = nil
            } else {
                low = byte
            }
        }
        self.init(samples: samples, sampleRate: 16_000)
    }
}
