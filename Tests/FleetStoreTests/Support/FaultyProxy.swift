import Foundation
import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Stands between a client and a server of HTTP on this machine. Every other connection or so meets the fault.
final class FaultyProxy: Sendable {
    let port: Int
    private let listener: Int32
    private let count = Mutex((connections: 0, faults: 0))
    private let target: Int
    private let fault: String
    private let seed: UInt64

    init(to target: Int, fault: String, seed: UInt64) throws {
        port = try freePort()
        (self.target, self.fault, self.seed) = (target, fault, seed)
        listener = streamSocket()
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let port = port
        let isBound = Self.withAddress(port) { bind(self.listener, $0, $1) } == 0
        guard isBound, listen(listener, 64) == 0 else { throw NeverHappened("the proxy listens: \(errno)") }
        let thread = Thread { [self] in accept() }
        thread.start()
    }

    var faults: Int { count.withLock { $0.faults } }

    func end() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func withAddress<Result>(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func accept() {
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else {
                close(listener)
                return
            }
            let number = count.withLock { count in
                count.connections += 1
                return count.connections
            }
            let thread = Thread { [self] in serve(client, number) }
            thread.start()
        }
    }

    /// One connection, of which every request may be the one that meets the fault.
    private func serve(_ client: Int32, _ number: Int) {
        defer { close(client) }
        var random = SplitMix(seed: seed &+ UInt64(number))
        let server = streamSocket()
        defer { close(server) }
        guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else { return }
        while let request = Message(reading: client, isRequest: true) {
            let isBroken = Int.random(in: 0..<3, using: &random) == 0
            if isBroken { count.withLock { $0.faults += 1 } }
            guard isBroken else {
                guard request.send(to: server), let answer = Message(reading: server, isRequest: false),
                    answer.send(to: client)
                else { return }
                continue
            }
            let cut = Int.random(in: 0..<max(1, request.bytes.count), using: &random)
            switch fault {
            case "cutsTheRequest":
                _ = Message(bytes: Array(request.bytes.prefix(cut))).send(to: server)
            case "cutsTheAnswer":
                // The server has done what was asked.
                guard request.send(to: server), let answer = Message(reading: server, isRequest: false) else { return }
                _ = Message(bytes: Array(answer.bytes.prefix(cut % answer.bytes.count))).send(to: client)
            case "answersNothing":
                guard request.send(to: server) else { return }
                // Until the client has had enough.
                var byte: UInt8 = 0
                _ = recv(client, &byte, 1, 0)
            case "answersGarbage": _ = Message(text: "\u{1}\u{2} no HTTP at all\r\n\r\n").send(to: client)
            case "answersWithAPage":
                let page = "<html>sign in to the network</html>"
                _ = Message(text: "HTTP/1.1 200 OK\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)").send(
                    to: client)
            default:
                let words = "Code: 252, e.displayText() = DB::Exception: Too many parts (300). Merges are processing"
                _ = Message(
                    text: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: \(words.utf8.count)\r\n\r\n\(words)"
                ).send(to: client)
            }
            return
        }
    }

    /// A request or an answer, whole.
    private struct Message {
        var bytes: [UInt8]

        init(bytes: [UInt8]) { self.bytes = bytes }
        init(text: String) { bytes = Array(text.utf8) }

        /// - Returns: nil where the connection ends first.
        init?(reading descriptor: Int32, isRequest: Bool) {
            bytes = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                if let end = Self.end(bytes) { if bytes.count >= end { return } }
                let size = recv(descriptor, &chunk, chunk.count, 0)
                guard size > 0 else { return nil }
                bytes += chunk.prefix(size)
            }
        }

        /// Where it ends; nil where that is still to come.
        private static func end(_ bytes: [UInt8]) -> Int? {
            guard let gap = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            let head = String(decoding: bytes[..<gap.lowerBound], as: UTF8.self).lowercased()
            if let length = head.firstMatch(of: /content-length: *([0-9]+)/).flatMap({ Int($0.1) }) {
                return gap.upperBound + length
            }
            guard head.contains("transfer-encoding: chunked") else { return gap.upperBound }
            let last = Array("0\r\n\r\n".utf8)
            return bytes.count >= gap.upperBound + last.count && Array(bytes.suffix(last.count)) == last
                ? bytes.count : bytes.count + 1
        }

        func send(to descriptor: Int32) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = rest.withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard size > 0 else { return false }
                rest = rest.dropFirst(size)
            }
            return true
        }
    }
}
