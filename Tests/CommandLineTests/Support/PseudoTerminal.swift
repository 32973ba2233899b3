import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A terminal that nobody looks at, of a given width.
struct PseudoTerminal {
    /// The program's side.
    let end: FileHandle
    /// What the program has written on it.
    let collected: Collected

    init(columns: UInt16) throws {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&ours, &theirs, nil, nil, &size) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        // No program inherits them but as its own stdout or stderr.
        _ = fcntl(ours, F_SETFD, FD_CLOEXEC)
        _ = fcntl(theirs, F_SETFD, FD_CLOEXEC)
        end = FileHandle(fileDescriptor: theirs, closeOnDealloc: false)
        collected = Collected(reading: FileHandle(fileDescriptor: ours, closeOnDealloc: true))
    }

    /// To be called once the program has its copy; the output then ends with the program.
    func closeEnd() { try? end.close() }
}
