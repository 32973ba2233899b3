#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One connection of a client, on a thread of its own; closed by whoever made it.
struct Connection: ~Copyable {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Answers requests until the client has had enough.
    mutating func serve(_ answer: (Request) -> Answer) {
        while let request = nextRequest() {
            let reply = answer(request)
            let closes = request.wantsClose || !reply.delivery.isWhole
            guard send(reply, closing: closes), !closes else { return }
        }
    }

    /// Answers events that are a line each, until the client has had enough or one has no answer.
    mutating func serveEvents(_ answer: (String) -> String?) {
        while let line = take(until: [UInt8(ascii: "\n")]), line.first == UInt8(ascii: "{"),
            let reply = answer(String(decoding: line, as: UTF8.self)), write(reply, to: descriptor)
        {}
    }

    /// Reads frames of a WebSocket until the client closes it, which is answered in kind.
    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &buffer, buffer.count) > 0 {
            // 8 is the opcode for the end.
            if buffer[0] & 0xF == 8, !write([0x88, 0], to: descriptor) { return }
        }
    }

    private func send(_ answer: Answer, closing: Bool) -> Bool {
        let whole = answer.head(closing: closing) + answer.body
        switch answer.delivery {
        case .whole, .truncated: return write(whole, to: descriptor)
        case .garbage: return write("\u{16}\u{3}\u{1} this is not HTTP\n", to: descriptor)
        case .drip(let pause):
            for byte in whole.utf8 {
                guard write([byte], to: descriptor) else { return false }
                sleep(milliseconds: pause)
            }
            return true
        case .endless:
            guard write(answer.head(closing: true), to: descriptor) else { return false }
            while write(answer.body, to: descriptor) { sleep(milliseconds: 1) }
            return false
        case .never: sleepForever()
        case .upgraded:
            guard write(whole, to: descriptor) else { return false }
            drain()
            return false
        }
    }

    private mutating func nextRequest() -> Request? {
        guard let head = take(until: Array("\r\n\r\n".utf8)),
            var request = Request(head: String(decoding: head, as: UTF8.self))
        else { return nil }
        if request.header("expect")?.lowercased() == "100-continue" {
            write("HTTP/1.1 100 Continue\r\n\r\n", to: descriptor)
        }
        if request.header("transfer-encoding")?.lowercased().contains("chunked") == true {
            guard let body = takeChunks() else { return nil }
            request.body = body
        } else if let length = request.header("content-length") {
            guard let count = Int(length), let body = take(count) else { return nil }
            request.body = body
        }
        return request
    }

    private mutating func takeChunks() -> [UInt8]? {
        var body: [UInt8] = []
        while let line = take(until: Array("\r\n".utf8)) {
            let digits = String(decoding: line, as: UTF8.self).prefix { $0.isHexDigit }
            guard let size = Int(digits, radix: 16), let chunk = take(size + 2) else { return nil }
            if size == 0 { return body }
            body += chunk.dropLast(2)
        }
        return nil
    }

    private static let limit = 64 << 20

    /// Everything up to and with the mark.
    private mutating func take(until mark: [UInt8]) -> [UInt8]? {
        var searched = 0
        while true {
            if let end = (searched...max(searched, unread.count - mark.count)).first(where: {
                unread.dropFirst($0).starts(with: mark)
            }) {
                return take(end + mark.count)
            }
            searched = max(0, unread.count - mark.count)
            guard unread.count < Self.limit, fill() else { return nil }
        }
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard (0...Self.limit).contains(count) else { return nil }
        while unread.count < count {
            guard fill() else { return nil }
        }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }

    private mutating func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            unread += buffer[..<count]
            return true
        }
    }
}
