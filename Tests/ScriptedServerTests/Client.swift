import Foundation

/// One request on a connection of its own, and what came back, byte for byte.
final class Client {
    private let descriptor: Int32

    init(port: UInt16) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }

    /// It sends no more.
    func end() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything until the server closes the connection.
    func receive() -> String {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: result, as: UTF8.self) }
            result += buffer[..<count]
        }
    }
}

/// What comes back after these bytes, up to the end of the connection.
func conversation(_ port: UInt16, _ text: String) throws -> String {
    let client = try Client(port: port)
    client.send(text)
    client.end()
    return client.receive()
}

struct Reply {
    var status: Int
    var body: String
    var whole: String
}

func get(_ port: UInt16, _ path: String) throws -> Reply { try exchange(port, "GET \(path)", "") }

func post(_ port: UInt16, _ path: String, _ body: String, headers: [String] = []) throws -> Reply {
    try exchange(port, "POST \(path)", body, headers: headers)
}

private func exchange(_ port: UInt16, _ line: String, _ body: String, headers: [String] = []) throws -> Reply {
    let client = try Client(port: port)
    let head = [
        "\(line) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close", "Content-Length: \(body.utf8.count)",
    ]
    client.send((head + headers).joined(separator: "\r\n") + "\r\n\r\n" + body)
    let whole = client.receive()
    let words = whole.split(separator: " ", maxSplits: 2)
    let answer = whole.range(of: "\r\n\r\n").map { String(whole[$0.upperBound...]) } ?? ""
    return Reply(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, body: answer, whole: whole)
}
