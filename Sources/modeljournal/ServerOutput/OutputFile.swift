import Foundation
import JournalRendering
import Synchronization

/// A file that gets the output of servers. A regular file is rotated by its size. A pipe or a device gets each line in one
/// write. What cannot be written is counted and dropped, and warned of once: it must not end a server.
final class OutputFile: Sendable {
    /// A file that is longer makes way for a new one.
    static let sizeLimit = 16 << 20
    /// How many old files are kept: FILE.1, FILE.2, ….
    static let keptFiles = 3

    private struct State {
        var descriptor: Int32
        var isRotated: Bool
        var size = 0
        /// Lines that could not be written since the last one that could.
        var lost = 0
        /// The last write broke off within a line.
        var isWithinLine = false
        var hasWarned = false
    }

    private let path: String
    private let sizeLimit: Int
    private let warn: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - journal: the file must not be one of this journal's.
    ///   - warn: takes one line for people.
    /// - Throws: `CommandFailure`; nothing was created then.
    init(
        _ path: String, journal: String, sizeLimit: Int = OutputFile.sizeLimit,
        warn: @escaping @Sendable (String) -> Void
    ) throws {
        self.path = path
        self.sizeLimit = sizeLimit
        self.warn = warn
        let place = OutputPlace(path)
        try place.check(journal: journal)
        let descriptor = try place.open()
        state = Mutex(State(descriptor: descriptor, isRotated: place.isRotated, size: OutputPlace.size(descriptor)))
    }

    deinit { close(state.withLock { $0.descriptor }) }

    /// Appends lines, without their ends.
    func write(_ lines: [String]) {
        state.withLock { state in
            if state.isRotated { follow(&state) }
            var block: [UInt8] = []
            var count = 0
            func flush() {
                if count > 0 { put(block, lines: count, &state) }
                (block, count) = ([], 0)
            }
            for line in lines {
                let bytes = Array(line.utf8) + [newline]
                if state.isRotated, state.size + block.count > 0, state.size + block.count + bytes.count > sizeLimit {
                    flush()
                    rotate(&state)
                }
                block += bytes
                count += 1
                // Another program at the end of a pipe gets whole lines, as they come.
                if !state.isRotated { flush() }
            }
            flush()
        }
    }

    private func put(_ block: [UInt8], lines: Int, _ state: inout State) {
        var bytes = state.isWithinLine ? [newline] : []
        if state.lost > 0 { bytes += Array("[… \(state.lost) lines dropped …]\n".utf8) }
        bytes += block
        let (written, error) = Self.write(bytes, to: state.descriptor)
        state.size += written
        guard let error else {
            (state.lost, state.isWithinLine) = (0, false)
            return
        }
        state.lost += lines
        if written > 0 { state.isWithinLine = bytes[written - 1] != newline }
        complain("cannot be written: \(String(cString: strerror(error)))", &state)
    }

    private func complain(_ what: String, _ state: inout State) {
        guard !state.hasWarned else { return }
        state.hasWarned = true
        warn("the server's output in \(Escaping.visible(path)) is not complete from here on: it \(what)")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> (written: Int, error: Int32?) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // A reader that stands still: the queue before this one drops what is too much.
                var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&output, 1, -1)
            case let error: return (written, error)
            }
        }
        return (written, nil)
    }

    // MARK: - Rotation

    /// Another program may have moved the file or deleted it, as log rotation does.
    private func follow(_ state: inout State) {
        var (here, there) = (stat(), stat())
        guard fstat(state.descriptor, &here) == 0 else { return }
        if stat(path, &there) == 0, here.st_ino == there.st_ino, here.st_dev == there.st_dev { return }
        reopen(&state)
    }

    private func rotate(_ state: inout State) {
        unlink("\(path).\(Self.keptFiles)")
        for number in stride(from: Self.keptFiles - 1, to: 0, by: -1) {
            rename("\(path).\(number)", "\(path).\(number + 1)")
        }
        guard rename(path, "\(path).1") == 0 else {
            state.isRotated = false
            return complain("cannot be rotated: \(String(cString: strerror(errno)))", &state)
        }
        reopen(&state)
    }

    private func reopen(_ state: inout State) {
        do {
            let descriptor = try OutputPlace(path).open()
            close(state.descriptor)
            state.descriptor = descriptor
            state.size = OutputPlace.size(descriptor)
            state.isWithinLine = false
        } catch {
            complain("cannot be opened again", &state)
        }
    }
}

private let newline = UInt8(ascii: "\n")
