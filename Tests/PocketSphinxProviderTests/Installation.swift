import Foundation
import ModelLifecycle
import PocketSphinxProvider
import Testing

/// What this machine has, asked once: tests that need more are skipped and say what is missing.
enum Installation {
    static let reason: String? = {
        do {
            _ = try englishFiles()
            return nil
        } catch {
            return "\(error)"
        }
    }()

    /// The English model that the library is used with.
    static func englishFiles() throws -> ModelFiles {
        let library = try SphinxLibrary.open(path: SphinxLibrary.pathFromEnvironment)
        return try ModelFiles(ProviderConfiguration(model: "en-us"), libraryFolder: library.modelFolder)
    }

    static let testData = "/usr/share/pocketsphinx/test/data"

    static let testDataReason: String? =
        reason
        ?? (FileManager.default.fileExists(atPath: "\(testData)/goforward.raw")
            ? nil : "\(testData) is not installed; install it with: apt-get install pocketsphinx-testdata")
}

extension Trait where Self == ConditionTrait {
    /// Needs the library and its English model.
    static var needsPocketSphinx: Self {
        .enabled(if: Installation.reason == nil, "\(Installation.reason ?? "available")")
    }

    /// Needs the recordings and small models of the library's own tests as well.
    static var needsTestData: Self {
        .enabled(if: Installation.testDataReason == nil, "\(Installation.testDataReason ?? "available")")
    }
}

extension LoadContext {
    static func make(reportProgress: @escaping @Sendable () -> Void = {}) -> LoadContext {
        let wall = WallTime(microseconds: 1_700_000_000_000_000)
        return LoadContext(
            runID: RunID(at: wall), correlationID: CorrelationID(at: wall), attempt: 1, reportProgress: reportProgress)
    }
}

extension PocketSphinxProvider {
    static func english() -> PocketSphinxProvider { PocketSphinxProvider(ProviderConfiguration(model: "en-us")) }
}

extension AudioSamples {
    static func silence(seconds: Int = 1, sampleRate: Int = 16_000) -> AudioSamples {
        AudioSamples(samples: Array(repeating: 0, count: seconds * sampleRate), sampleRate: sampleRate)
    }

    /// A recording of the test data without a header, 16 kHz.
    static func raw(_ name: String) throws -> AudioSamples {
        let data = try Data(contentsOf: URL(filePath: "\(Installation.testData)/\(name)"))
        let samples = stride(from: 0, to: data.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)
        }
        return AudioSamples(samples: samples, sampleRate: 16_000)
    }
}

/// How wide the pool of cooperative threads is.
func activeProcessors() -> Int { ProcessInfo.processInfo.activeProcessorCount }
