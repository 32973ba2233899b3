/// What the first bytes of a server that does not answer in HTTP look like.
enum WireProtocol {
    static let tls = "the server speaks TLS: use https://"

    /// How HTTP/2 begins, RFC 9113, 3.4: the client's words, and an empty SETTINGS frame.
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// - Returns: nil for nothing, and for HTTP.
    static func words(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty else { return nil }
        // A record of TLS, RFC 8446, 5.1: an alert or a handshake, and the version.
        if bytes.count > 2, bytes[0] == 0x15 || bytes[0] == 0x16, bytes[1] == 0x03 { return tls }
        if isSettings(bytes) { return "the answer is not HTTP/1: the server speaks HTTP/2 only, as gRPC servers do" }
        let line = printable(bytes)
        if line.hasPrefix("HTTP/") { return nil }
        let kind: String? =
            switch line {
            case _ where line.hasPrefix("SSH-"): "SSH"
            case _ where line.hasPrefix("-ERR") || line.hasPrefix("-NOAUTH") || line.hasPrefix("-DENIED"): "Redis"
            case _ where line.hasPrefix("RFB "): "VNC"
            case _ where line.hasPrefix("220 ") || line.hasPrefix("220-"): "SMTP or FTP"
            case _ where line.hasPrefix("{"): "lines of JSON"
            case _ where bytes.count > 5 && bytes[3] == 0 && bytes[4] == 10: "MySQL"
            default: nil
            }
        if let kind { return "the answer is not HTTP; it looks like \(kind): “\(line)”" }
        return "the answer is not HTTP; it begins with “\(line)”"
    }

    /// A SETTINGS frame of connection 0, which each side of HTTP/2 sends first.
    private static func isSettings(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 9, bytes[3] == 4, bytes[4] <= 1 else { return false }
        let length = bytes[..<3].reduce(0) { $0 << 8 | Int($1) }
        return length % 6 == 0 && length <= 256 && bytes[5..<9].allSatisfy { $0 == 0 }
    }

    /// The beginning of the first line, without secrets and without what a terminal would obey.
    private static func printable(_ bytes: [UInt8]) -> String {
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        let text = String(decoding: line.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
        return ShortenedText.beginning(of: text, most: 60)
    }
}
