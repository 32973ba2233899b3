import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A client that sends whatever bytes it likes.
final class RawClient: Sendable {
    private let descriptor: Int32
    /// A server that has closed the connection is no reason for a signal.
    #if canImport(Glibc)
        private static let messageFlags = Int32(MSG_NOSIGNAL)
    #else
        private static let messageFlags: Int32 = 0
    #endif

    struct Refused: Error {
        var code: Int32
    }

    /// - Parameter receiveBuffer: bytes that the system keeps for a client that does not read.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes it: it runs for an object that was made in full, whatever is thrown then.
        guard result == 0 else { throw Refused(code: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// - Returns: false once the server takes no more.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                write($0, from: sent)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func write(_ bytes: UnsafeRawBufferPointer, from place: Int) -> Int {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
        #if canImport(Glibc)
            return Glibc.send(descriptor, rest.baseAddress, rest.count, Self.messageFlags)
        #else
            return Darwin.send(descriptor, rest.baseAddress, rest.count, Self.messageFlags)
        #endif
    }

    /// Until what was sent has most likely been read by itself. Where it was not, a test sees less, and still holds.
    func pause() { usleep(10_000) }

    /// Whether the server has ended the connection, and everything that it sent before was read.
    var hasEnded: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes until the server ends the connection, or the text is there.
    /// - Returns: nil where nothing of that happens within half a minute.
    func receive(until end: String? = nil) -> String? {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return nil }
            if count <= 0 { return String(decoding: received, as: UTF8.self) }
            received += buffer[..<count]
            if let end, String(decoding: received, as: UTF8.self).contains(end) {
                return String(decoding: received, as: UTF8.self)
            }
        }
    }
}

/// Away from the threads that tasks run on, as this waits.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// An answer, taken apart.
struct Answer: Sendable {
    var status: Int
    /// Names in lower case.
    var fields: [String: String]
    var body: String

    init?(_ text: String) {
        guard let gap = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<gap.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        self.status = status
        fields = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        body = String(text[gap.upperBound...])
    }

    var json: [String: Any] {
        get throws { try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] ?? [:] }
    }
}

/// Asks as a polite client does.
func get(_ path: String, port: Int, method: String = "GET", host: String? = nil, fields: String = "") async throws
    -> Answer
{
    let text = try await onThread {
        let client = try RawClient(port: port)
        client.send(
            "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n\(fields)\r\n")
        return client.receive()
    }
    guard let text, let answer = Answer(text) else { throw NeverHappened("an answer to \(path): \(text ?? "")") }
    return answer
}
