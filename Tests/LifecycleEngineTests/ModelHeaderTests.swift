import Foundation
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@testable import LifecycleEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The header of a model's file is read beside the load, and noted.
@Suite(.noDeadlock, .turn(of: "LifecycleEngineTests")) struct ModelHeaderTests {
    @Test func whatTheHeaderSaysIsNoted() async throws {
        try await withFile(Self.safetensors(missing: 0)) { path in
            let bench = try await EngineBench { $0.modelPath = path }
            let run = try #require(await bench.ready())
            try await bench.recorder.noted(3)
            await bench.preloader.close()
            let noted = bench.recorder.notes.filter { $0.note.evidence?.modelFile != nil }
            #expect(noted.map(\.run) == [run] && noted.map(\.note.kind) == [.process])
            let header = try #require(noted.first?.note.evidence?.modelFile)
            #expect(header.format == .safetensors && header.parameters == 8 && !header.isFaulty)
        }
    }

    /// Then the row that ends the run has it too, so that no copy of the journal lacks it.
    @Test func aFaultyFileIsEvidenceOfAFailedLoad() async throws {
        try await withFile(Self.safetensors(missing: 5)) { path in
            let bench = try await EngineBench { $0.modelPath = path }
            bench.provider.script(.load, .fail(Failure(.modelLoadFailed, "no")))
            #expect(await bench.preloader.initialize() == false)
            await bench.preloader.close()
            #expect(bench.rows.last?.failure?.evidence?.modelFile?.missingBytes == 5)
            #expect(bench.recorder.notes.contains { $0.note.evidence?.modelFile?.missingBytes == 5 })
        }
    }

    @Test func aWholeFileIsNoEvidenceOfAFailedLoad() async throws {
        try await withFile(Self.safetensors(missing: 0)) { path in
            let bench = try await EngineBench { $0.modelPath = path }
            bench.provider.script(.load, .fail(Failure(.modelLoadFailed, "no")))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.rows.last?.failure?.evidence == nil)
        }
    }

    /// A pipe would wait for a writer for ever, and a device might do something.
    @Test func onlyRegularFilesAreOpened() async throws {
        try await withFile([]) { path in
            try FileManager.default.removeItem(atPath: path)
            #expect(mkfifo(path, 0o600) == 0)
            #expect(RegularFile(path) == nil && RegularFile.size(at: path) == nil)
            #expect(RegularFile("/dev/zero") == nil)
            let bench = try await EngineBench { $0.modelPath = path }
            #expect(await bench.preloader.initialize())
            await bench.preloader.close()
            #expect(!bench.recorder.notes.contains { $0.note.evidence != nil })
        }
    }

    @Test func aFileIsReadInPieces() async throws {
        try await withFile(Array(0...99)) { path in
            let file = try #require(RegularFile(path))
            #expect(file.size == 100 && file.read(at: 90, count: 4) == [90, 91, 92, 93])
            #expect(file.read(at: 98, count: 10) == [98, 99])
            #expect(file.read(at: 100, count: 1).isEmpty && file.read(at: -1, count: 1).isEmpty)
            let folder = ModelFolderOnDisk(path: (path as NSString).deletingLastPathComponent)
            #expect(folder.names == ["model.safetensors"] && folder.size("model.safetensors") == 100)
            #expect(folder.size("other") == nil && folder.file("other") == nil)
        }
    }

    // MARK: -

    private static func safetensors(missing: Int) -> [UInt8] {
        let json = #"{"w":{"dtype":"F16","shape":[8],"data_offsets":[0,16]}}"#
        let length = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { [UInt8]($0) }
        return length + Array(json.utf8) + Array(repeating: 0, count: 16 - missing)
    }

    private func withFile(_ bytes: [UInt8], _ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/modeljournal-header-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/model.safetensors"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try await body(path)
    }
}

extension EngineBench {
    /// - Returns: the run that made the model READY.
    fileprivate func ready() async -> RunID? {
        await preloader.initialize() ? provider.contexts.last?.runID : nil
    }
}
