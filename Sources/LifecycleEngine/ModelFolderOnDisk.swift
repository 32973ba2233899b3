import Foundation
import ModelFileFormats

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder of a model on disk. Only regular files count: opening a pipe or a device could wait, or do something.
struct ModelFolderOnDisk: ModelFolder {
    /// More names than this are not looked at.
    private static let limit = 10_000

    let path: String

    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while names.count < Self.limit, let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    func size(_ name: String) -> Int64? { RegularFile.size(at: path + "/" + name) }

    func file(_ name: String) -> (any RandomAccess)? { RegularFile(path + "/" + name) }
}

/// A regular file that is open for reading.
final class RegularFile: RandomAccess {
    private let descriptor: CInt
    let size: Int64

    /// - Returns: nil if it does not exist or cannot be opened.
    init?(_ path: String) {
        guard Self.size(at: path) != nil else { return nil }
        // Something else may have taken its place since: without this flag a pipe would wait for a writer.
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Self.isRegular(status) else {
            close(descriptor)
            return nil
        }
        size = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    /// - Returns: nil if it is no regular file.
    static func size(at path: String) -> Int64? {
        var status = stat()
        guard stat(path, &status) == 0, isRegular(status) else { return nil }
        return Int64(status.st_size)
    }

    private static func isRegular(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFREG }

    func read(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let read = pread(
                    descriptor, buffer.baseAddress.map { $0 + initialized }, count - initialized,
                    off_t(offset) + off_t(initialized))
                if read > 0 { initialized += read } else if read == 0 || errno != EINTR { return }
            }
        }
    }
}
