import Foundation
import Synchronization
import TestSupport

/// Says the same bytes on every connection, after it has read something, and closes it; on a port of its own.
final class CannedServer: Sendable {
    enum Manner: Sendable {
        /// It waits for a request.
        case answers
        /// It speaks first.
        case greets
        /// It keeps the connection open and says nothing.
        case silent
    }

    let port: Int
    private let listener: Int32
    private let accepted = Mutex(0)

    /// - Parameter bytes: nothing closes the connection without an answer.
    init(_ bytes: [UInt8], _ manner: Manner = .answers) throws {
        let (listener, port) = try listeningSocket()
        self.listener = listener
        self.port = port
        let thread = Thread { [self] in
            var kept: [Int32] = []
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                accepted.withLock { $0 += 1 }
                if case .silent = manner {
                    kept.append(client)
                    continue
                }
                if case .answers = manner {
                    var chunk = [UInt8](repeating: 0, count: 4096)
                    _ = recv(client, &chunk, chunk.count, 0)
                }
                _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                shutdown(client, Int32(SHUT_WR))
                // What is still to read would reset the connection at its close.
                var chunk = [UInt8](repeating: 0, count: 4096)
                while recv(client, &chunk, chunk.count, 0) > 0 {}
                close(client)
            }
            for client in kept { close(client) }
            // Here and not in `stop`: another server may get the same number, and this thread would take its connections.
            close(listener)
        }
        thread.start()
    }

    convenience init(_ text: String, _ manner: Manner = .answers) throws { try self.init(Array(text.utf8), manner) }

    /// How many connections it has got.
    var connections: Int { accepted.withLock { $0 } }

    /// Ends the wait for the next connection.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }
}

/// A socket on the loopback address that waits for connections.
func listeningSocket() throws -> (descriptor: Int32, port: Int) {
    let descriptor = streamSocket()
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(descriptor, pointer, length) == 0 && listen(descriptor, 16) == 0
                && getsockname(descriptor, pointer, &length) == 0
        }
    }
    guard isBound else { throw Spawn.Failure(message: "cannot listen: \(errno)") }
    return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
}
