import Foundation

/// What starts services, as sd_notify(3) speaks with it: datagrams to the socket that it names. systemd's own library is
/// not needed for that.
struct ServiceManager: Sendable {
    private let path: [UInt8]
    /// How often it wants to hear that this process is alive; nil where it does not.
    let watchdog: Duration?

    /// - Returns: nil where nobody asks to be told, or in a way that this program does not know.
    init?(_ environment: [String: String]) {
        guard let socket = environment["NOTIFY_SOCKET"], socket.hasPrefix("/") || socket.hasPrefix("@") else {
            return nil
        }
        var path = Array(socket.utf8)
        // "@" stands for the byte that begins a name outside of the file system.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < Self.longest else { return nil }
        self.path = path
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        watchdog =
            isForUs
            ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
    }

    private static let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// - Parameter lines: `NAME=VALUE`, without line breaks.
    /// - Returns: false where nobody has taken it.
    @discardableResult
    func tell(_ lines: [String]) -> Bool {
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            // A manager that reads nothing must not stop an engine.
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        #else
            let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
            let flags = MSG_DONTWAIT
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size =
            MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.count } ?? MemoryLayout<sockaddr_un>.size
        let bytes = Array(lines.joined(separator: "\n").utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, flags, $0, socklen_t(size))
            }
        }
        return sent == bytes.count
    }
}
