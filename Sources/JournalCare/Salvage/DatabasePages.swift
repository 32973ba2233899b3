import Foundation
import JournalReports
import LifecycleJournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The pages of a database file and of its write-ahead log, as they lie on the disk. Nothing is believed of what they say
/// about each other, but the size of a page.
///
/// The file is read without SQLite, so it must not be open in this process: closing it would drop SQLite's locks.
final class DatabasePages {
    /// One page, and the space in it that SQLite uses.
    struct Page {
        var number: Int
        var bytes: [UInt8]
    }

    let size: Int
    /// Without the bytes that an extension may have reserved at a page's end.
    let usableSize: Int

    private let file: Int32
    private let log: Int32
    private let count: Int
    private let frames: [(page: Int, offset: Int)]
    /// The newest frame of each page.
    private let newest: [Int: Int]

    private static let logHeader = 32
    private static let frameHeader = 24

    /// - Throws: `JournalError` where the file cannot be read.
    init(_ path: String) throws {
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            let code = errno
            throw JournalError(
                code == EACCES ? .permissionDenied : code == ENOENT ? .notFound : .inputOutput, path,
                code == ENOENT ? "no such file" : String(cString: strerror(code)))
        }
        let opened = open(path + "-wal", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        log = Self.isRegular(opened) ? opened : -1
        if opened >= 0, log < 0 { close(opened) }
        let header = Self.read(file, at: 0, 100)
        let stated = header.count > 20 ? Int(header[16]) << 8 | Int(header[17]) : 0
        let isPossible = stated == 1 || (512...32768).contains(stated) && stated & (stated - 1) == 0
        size = !isPossible ? Self.probableSize(file) : stated == 1 ? 65536 : stated
        usableSize = size - (isPossible && header[20] <= 32 ? Int(header[20]) : 0)
        count = (Self.length(file) + size - 1) / size
        frames = Self.frames(log, pageSize: size)
        newest = Dictionary(frames.map { ($0.page, $0.offset) }, uniquingKeysWith: { _, last in last })
    }

    /// Reading anything else, say a pipe, may take for ever.
    private static func isRegular(_ file: Int32) -> Bool {
        var status = stat()
        return file >= 0 && fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Of the sizes that journals have had, where the header does not say which: the one at whose multiples most
    /// pages begin as pages of a tree do.
    private static func probableSize(_ file: Int32) -> Int {
        let sizes = [JournalFile.pageSize, 4096]
        return sizes.first { size in
            // Every other place lies within a page of the next size.
            let places = Array(stride(from: size, to: min(length(file), 2000 * size), by: 2 * size))
            let good = places.filter { place in
                var bytes = Bytes(read(file, at: place, 8), at: 0)
                guard let kind = bytes.take(1)?.first, let free = bytes.take(2), let cells = bytes.take(2),
                    let content = bytes.take(2), let fragments = bytes.take(1)?.first
                else { return false }
                func number(_ word: ArraySlice<UInt8>) -> Int { word.reduce(0) { $0 << 8 | Int($1) } }
                return [2, 5, 10, 13].contains(kind) && number(free) < size && 8 + 2 * number(cells) <= number(content)
                    && number(content) <= size && fragments <= 60
            }
            return good.count * 2 > places.count
        } ?? JournalFile.pageSize
    }

    deinit {
        close(file)
        if log >= 0 { close(log) }
    }

    /// Every page of the file, and then every version of one in the log, oldest first.
    /// - Parameter body: gets how far it is, too, from 0 to 1.
    func forEach(_ body: (Page, Double) throws -> Void) rethrows {
        let total = Double(max(1, count + frames.count))
        for index in 0..<count {
            try body(Page(number: index + 1, bytes: Self.read(file, at: index * size, size)), Double(index) / total)
        }
        for (index, frame) in frames.enumerated() {
            let page = Page(number: frame.page, bytes: Self.read(log, at: frame.offset, size))
            try body(page, Double(count + index) / total)
        }
    }

    /// The newest version of a page.
    func page(_ number: Int) -> [UInt8]? {
        if let offset = newest[number] { return Self.read(log, at: offset, size) }
        guard (1...max(1, count)).contains(number) else { return nil }
        return Self.read(file, at: (number - 1) * size, size)
    }

    /// The frames of transactions that were committed. Frames of an older log that were not written over have other salts.
    private static func frames(_ log: Int32, pageSize: Int) -> [(page: Int, offset: Int)] {
        guard log >= 0 else { return [] }
        let length = length(log)
        let header = read(log, at: 0, logHeader)
        let salts = salts(log, header, pageSize: pageSize, length: length)
        var frames: [(page: Int, offset: Int)] = []
        var committed = 0
        var offset = logHeader
        while offset + frameHeader + pageSize <= length {
            var bytes = Bytes(read(log, at: offset, frameHeader), at: 0)
            guard let page = bytes.word(4), let sizeAfterCommit = bytes.word(4), let own = bytes.take(8) else { break }
            if own.elementsEqual(salts), page > 0 {
                frames.append((page, offset + frameHeader))
                if sizeAfterCommit > 0 { committed = frames.count }
            }
            offset += frameHeader + pageSize
        }
        return Array(frames[..<committed])
    }

    /// The mark of the log's present frames: the header's, or the first frame's where no frame has that one, since then the
    /// header is what is damaged.
    private static func salts(_ log: Int32, _ header: [UInt8], pageSize: Int, length: Int) -> [UInt8] {
        let stated = header.count == logHeader ? Array(header[16..<24]) : []
        var first: [UInt8]?
        var offset = logHeader
        while offset + frameHeader + pageSize <= length {
            let own = Array(read(log, at: offset, frameHeader).dropFirst(8).prefix(8))
            if own == stated { return stated }
            first = first ?? own
            offset += frameHeader + pageSize
        }
        return first ?? stated
    }

    private static func length(_ descriptor: Int32) -> Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// As many of the bytes as there are; what a bad disk does not give reads as zeros.
    private static func read(_ descriptor: Int32, at offset: Int, _ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            if got < 0 { return bytes }
            if got == 0 { return Array(bytes[..<done]) }
            done += got
        }
        return bytes
    }
}
