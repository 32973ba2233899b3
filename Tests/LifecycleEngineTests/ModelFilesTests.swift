import Foundation
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@testable import LifecycleEngine

@Suite("A model's files", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct ModelFilesTests {
    @Test func aFileHasTheDigestThatSha256sumPrints() async throws {
        try await withFolder { folder in
            let path = try write("abc", to: folder + "/model.bin")
            let files = try #require(ModelFiles(at: path))
            #expect(files.identity.bytes == 3)
            #expect(
                try files.digest { _ in true } == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        }
    }

    /// `(cd FOLDER && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum) | sha256sum`
    @Test func aFoldersDigestIsThatOfItsListing() async throws {
        try await withFolder { folder in
            try write("abc", to: folder + "/b/weights.bin")
            try write("", to: folder + "/a.json")
            let files = try #require(ModelFiles(at: folder))
            #expect(files.files.map(\.name) == ["a.json", "b/weights.bin"])
            #expect(
                try files.digest { _ in true } == "c2815abdbd615908002f2fea6407566dc40f5aad9c8f1c4b5d1517f228dc80f1")
        }
    }

    /// A cache of downloaded models keeps the files elsewhere.
    @Test func linksInAFolderCountAsTheFilesThatTheyNameAndDeadOnesDoNotCount() async throws {
        try await withFolder { folder in
            let blob = try write("abc", to: folder + "/blobs/1234")
            try FileManager.default.createDirectory(
                atPath: folder + "/snapshot", withIntermediateDirectories: true)
            for (name, target) in [("model.bin", blob), ("gone.bin", folder + "/nothing")] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/snapshot/" + name, withDestinationPath: target)
            }
            let files = try #require(ModelFiles(at: folder + "/snapshot"))
            #expect(files.files.map(\.name) == ["model.bin"])
            #expect(files.identity.bytes == 3)
        }
    }

    @Test func whereThereIsNothingThereAreNoFiles() { #expect(ModelFiles(at: "/nonexistent/model.bin") == nil) }

    @Test func theDigestIsRecordedAndUsedAgainWhileTheFilesStayTheSame() async throws {
        try await withFolder { folder in
            let path = try write("abc", to: folder + "/model.bin")
            try date(path)
            try await withBench(prepare: {
                $0.modelPath = path
                $0.digestsModel = true
            }) { bench in
                #expect(await bench.preloader.initialize())
                let first = try #require(bench.rows.last { $0.from == .loading }?.load)
                #expect(first.identity?.digest?.hasPrefix("ba7816bf") == true)
                #expect(first.digest == .zero)
                #expect(await bench.preloader.unload())

                // Of another content and the same size and time nobody could tell: the files are not read again.
                try write("xyz", to: path)
                try date(path)
                #expect(await bench.preloader.initialize())
                #expect(bench.rows.last { $0.from == .loading }?.load.identity == first.identity)
                #expect(await bench.preloader.unload())

                try write("longer", to: path)
                #expect(await bench.preloader.initialize())
                let last = try #require(bench.rows.last { $0.from == .loading }?.load.identity)
                #expect(last.digest != first.identity?.digest)
                #expect(last.bytes == 6)
            }
        }
    }

    @Test func withoutTheWishNothingIsRead() async throws {
        try await withFolder { folder in
            let path = try write("abc", to: folder + "/model.bin")
            try await withBench(prepare: { $0.modelPath = path }) { bench in
                #expect(await bench.preloader.initialize())
                let load = try #require(bench.rows.last { $0.from == .loading }?.load)
                #expect(load.identity?.bytes == 3)
                #expect(load.identity?.digest == nil)
                #expect(load.digest == nil)
            }
        }
    }

    @Test func aDigestThatIsUnderWayEndsWithItsRun() async throws {
        try await withFolder { folder in
            // More than a few chunks, with nothing on the disk.
            let path = folder + "/model.bin"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: 1 << 40)
            try handle.close()
            try await withBench(prepare: {
                $0.modelPath = path
                $0.digestsModel = true
            }) { bench in
                let starter = Task { await bench.preloader.initialize() }
                try await bench.seen(1)
                #expect(await bench.preloader.unload())
                #expect(await starter.value == false)
                #expect(bench.provider.count(.load) == 0)
                #expect(bench.path == [.loading, .unloading, .uninitialized])
            }
        }
    }

    // MARK: -

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/modeljournal-files-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await body(folder)
    }

    private func date(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
    }

    @discardableResult
    private func write(_ text: String, to path: String) throws -> String {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}
