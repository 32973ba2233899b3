import Crypto
import Foundation
import ModelLifecycle
import Synchronization

/// The files of a model: one, or all in a folder. A link to a file counts as that file, as caches of
/// downloaded models keep nothing else in their folders.
struct ModelFiles: Sendable {
    struct File: Sendable {
        /// Within the folder; the file's own name for a single file.
        var name: String
        var path: String
        var bytes: Int64
        var modifiedAt: WallTime
    }

    /// More files than this in a folder are not looked at: it is no model's.
    private static let limit = 10_000
    private static let chunk = 1 << 20

    /// Sorted by name, byte by byte.
    private(set) var files: [File] = []
    /// The folder itself, or that of the file.
    let folder: String
    /// The file's in its folder; nil for a folder.
    let name: String?
    private var isFolder: Bool { name == nil }

    /// - Returns: nil where there is nothing.
    init?(at path: String) {
        let manager = FileManager.default
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? manager.attributesOfItem(atPath: root) else { return nil }
        guard attributes[.type] as? FileAttributeType == .typeDirectory else {
            let file = URL(fileURLWithPath: path)
            // What belongs to it lies beside the link, and not where that leads.
            folder = file.deletingLastPathComponent().path
            name = file.lastPathComponent
            files = [File(name: file.lastPathComponent, path: root, attributes)]
            return
        }
        folder = root
        name = nil
        guard let found = manager.enumerator(atPath: root) else { return nil }
        var count = 0
        while count < Self.limit, let name = found.nextObject() as? String {
            count += 1
            guard let own = found.fileAttributes else { continue }
            let file = root + "/" + name
            switch own[.type] as? FileAttributeType {
            case .typeRegular?: files.append(File(name: name, path: file, own))
            case .typeSymbolicLink?:
                let target = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
                if let attributes = try? manager.attributesOfItem(atPath: target),
                    attributes[.type] as? FileAttributeType == .typeRegular
                {
                    files.append(File(name: name, path: target, attributes))
                }
            default: continue
            }
        }
        files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    var identity: ModelIdentity {
        ModelIdentity(
            bytes: files.reduce(0) { $0 + $1.bytes },
            modifiedAt: files.map(\.modifiedAt).max() ?? WallTime(microseconds: 0))
    }

    /// SHA-256 in hexadecimal. Of a file, what `sha256sum` says; of a folder, the SHA-256 of what
    /// `sha256sum` prints for its files, sorted by name. Blocks while it reads.
    /// - Parameter proceed: gets the bytes that were read since it was called last; false ends it.
    /// - Throws: `CancellationError` where `proceed` said so, and what reading throws.
    func digest(_ proceed: (Int) -> Bool) throws -> String {
        guard isFolder else { return try Self.digest(files[0].path, proceed) }
        var listing = SHA256()
        for file in files {
            listing.update(data: Data("\(try Self.digest(file.path, proceed))  \(file.name)\n".utf8))
        }
        return listing.finalize().hexadecimal
    }

    private static func digest(_ path: String, _ proceed: (Int) -> Bool) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var hash = SHA256()
        while let data = try handle.read(upToCount: chunk), !data.isEmpty {
            hash.update(data: data)
            guard proceed(data.count) else { throw CancellationError() }
        }
        return hash.finalize().hexadecimal
    }
}

extension ModelFiles.File {
    fileprivate init(name: String, path: String, _ attributes: [FileAttributeKey: Any]) {
        self.name = name
        self.path = path
        bytes = (attributes[.size] as? NSNumber)?.int64Value ?? 0
        let date = attributes[.modificationDate] as? Date ?? Date(timeIntervalSince1970: 0)
        modifiedAt = WallTime(
            microseconds: Int64(exactly: (date.timeIntervalSince1970 * 1_000_000).rounded(.down)) ?? 0)
    }
}
