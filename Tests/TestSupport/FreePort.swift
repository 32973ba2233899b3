import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Below those that systems hand out by themselves: until its server is up, no connection and no listener elsewhere gets it.
private let ports = 20_000..<32_000
private let nextPort = Mutex(ports.lowerBound + Int(getpid()) % ports.count)

/// A port of this machine at which nobody listens, another one each time.
package func freePort() throws -> Int {
    for _ in ports {
        let port = nextPort.withLock { next in
            defer { next = next + 1 < ports.upperBound ? next + 1 : ports.lowerBound }
            return next
        }
        if canListen(at: port) { return port }
    }
    throw NeverHappened("a free port")
}

private func canListen(at port: Int) -> Bool {
    let descriptor = streamSocket()
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// A TCP socket that belongs to nobody yet.
package func streamSocket() -> Int32 {
    #if os(Linux)
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        socket(AF_INET, SOCK_STREAM, 0)
    #endif
}

func canConnect(_ port: Int) -> Bool {
    guard let descriptor = connected(to: port) else { return false }
    close(descriptor)
    return true
}

/// What somebody says until he closes the connection; empty where nobody does.
func answer(on port: Int, to question: String) -> String {
    guard let descriptor = connected(to: port) else { return "" }
    defer { close(descriptor) }
    // Who has only begun may never say anything on this connection.
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    _ = Array(question.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
        let size = recv(descriptor, &chunk, chunk.count, 0)
        guard size > 0 else { return String(decoding: answer, as: UTF8.self) }
        answer += chunk.prefix(size)
    }
}

private func connected(to port: Int) -> Int32? {
    let descriptor = streamSocket()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    if isConnected { return descriptor }
    close(descriptor)
    return nil
}
