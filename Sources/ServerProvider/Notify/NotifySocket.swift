import Dispatch
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A datagram socket in a folder of its own, which only this user can enter. SwiftNIO is not used for it: it closes a
/// datagram socket at the first message whose sender has no name, and no server's has one.
final class NotifySocket: Sendable {
    /// What the server gets as NOTIFY_SOCKET.
    let path: String
    let messages: AsyncStream<NotifyMessage>
    private let folder: String
    /// Any thread may use it, which its type does not say.
    private nonisolated(unsafe) let source: any DispatchSourceRead

    /// systemd reads no more of one message either.
    private static let longestMessage = 4096
    /// A server that says more than is read loses its oldest words, not its newest.
    private static let buffered = 1000

    /// - Throws: where no socket can be made in the temporary folder.
    init() throws {
        (folder, path) = try Self.makeFolder()
        let descriptor: Int32
        do { descriptor = try Self.bind(path) } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
        let (messages, continuation) = AsyncStream.makeStream(
            of: NotifyMessage.self, bufferingPolicy: .bufferingNewest(Self.buffered))
        self.messages = messages
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        source.setEventHandler {
            while let text = Self.receive(from: descriptor) { continuation.yield(NotifyMessage(text)) }
        }
        source.setCancelHandler {
            Self.close(descriptor)
            continuation.finish()
        }
        source.resume()
    }

    /// The folder goes with it.
    func close() {
        source.cancel()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The name of a socket has 107 bytes at most, and a user's temporary folder may take most of them.
    private static func makeFolder() throws -> (folder: String, path: String) {
        for place in [FileManager.default.temporaryDirectory.path, "/tmp"] {
            removeLeftFolders(in: place)
            var template = Array("\(place)/\(namePrefix)XXXXXX".utf8CString)
            guard template.count < 90, let name = mkdtemp(&template) else { continue }
            let folder = String(cString: name)
            return (folder, folder + "/notify")
        }
        throw InvalidServerSetting("no folder for the notify socket could be made in the temporary folder")
    }

    private static let namePrefix = "modeljournal-notify-"

    /// Removes the folders of engines that were killed: no process reads from their sockets. A folder of another user
    /// cannot be entered, and stays.
    private static func removeLeftFolders(in place: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where name.hasPrefix(namePrefix)
        {
            let folder = "\(place)/\(name)"
            guard folder.utf8.count < 95, let descriptor = try? open() else { continue }
            defer { close(descriptor) }
            let isRead = withAddress("\(folder)/notify") { systemConnect(descriptor, $0, $1) == 0 }
            if !isRead, errno == ECONNREFUSED { try? FileManager.default.removeItem(atPath: folder) }
        }
    }

    private static func open() throws -> Int32 {
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #else
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw failure(errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// - Parameter path: at most 107 bytes.
    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func bind(_ path: String) throws -> Int32 {
        let descriptor = try open()
        guard withAddress(path, { systemBind(descriptor, $0, $1) == 0 }) else {
            let code = errno
            close(descriptor)
            throw failure(code)
        }
        return descriptor
    }

    private static func failure(_ code: Int32) -> InvalidServerSetting {
        InvalidServerSetting("the notify socket could not be made: \(String(cString: strerror(code)))")
    }

    /// Without room for them the kernel closes the descriptors that a message carries, which is what a sender that waits
    /// for its message to be read (BARRIER=1) waits for.
    private static func receive(from descriptor: Int32) -> String? {
        withUnsafeTemporaryAllocation(byteCount: longestMessage, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }

    private static func close(_ descriptor: Int32) { _ = systemClose(descriptor) }
}

private func systemBind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
    bind(descriptor, address, size)
}

private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
    connect(descriptor, address, size)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
