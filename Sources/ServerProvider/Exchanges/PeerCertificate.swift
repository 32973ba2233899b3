import Foundation

/// What a server's certificate says about itself, as far as it explains why it is not trusted.
struct PeerCertificate: Sendable, Hashable {
    var subject: String?
    var issuer: String?
    var isSelfSigned: Bool
    /// Names and addresses of hosts for which it is valid.
    var hosts: [String]
    var notBefore: Date
    var notAfter: Date

    /// - Parameter encoded: X.509 in DER, from a server that may send anything.
    init?(_ encoded: [UInt8], notBefore: Date, notAfter: Date) {
        // Certificate → TBSCertificate → version, serial number, signature, issuer, validity, subject, …
        guard var certificate = DERReader(encoded).first(0x30), var fields = certificate.next(0x30) else { return nil }
        _ = fields.next(0xA0)
        guard fields.next(0x02) != nil, fields.next(0x30) != nil, let issuer = fields.next(0x30),
            fields.next(0x30) != nil, let subject = fields.next(0x30)
        else { return nil }
        self.subject = Self.commonName(subject)
        self.issuer = Self.commonName(issuer)
        isSelfSigned = subject.bytes.elementsEqual(issuer.bytes)
        self.notBefore = notBefore
        self.notAfter = notAfter
        hosts = []
        // The key, perhaps two identifiers, and the extensions.
        while let (tag, field) = fields.next() {
            guard tag == 0xA3, var extensions = field.first(0x30) else { continue }
            while var one = extensions.next(0x30) {
                guard let name = one.next(0x06), name.bytes.elementsEqual(Self.alternativeName) else { continue }
                _ = one.next(0x01)
                guard var names = one.next(0x04)?.first(0x30) else { continue }
                while hosts.count < 100, let (tag, name) = names.next() {
                    switch tag {
                    case 0x82: hosts.append(Self.printable(name.bytes))
                    case 0x87: if let address = Self.address(Array(name.bytes)) { hosts.append(address) }
                    default: break
                    }
                }
            }
        }
    }

    /// Why it is not trusted, as far as it tells by itself.
    func complaint(now: Date) -> String {
        let day = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        if notAfter < now { return "it expired on \(notAfter.formatted(day))" }
        if notBefore > now { return "it is not valid before \(notBefore.formatted(day))" }
        let name = (isSelfSigned ? subject : issuer).map { "CN=\($0)" }
        if isSelfSigned { return "it is self-signed" + (name.map { " (\($0))" } ?? "") }
        return "its issuer\(name.map { " \($0)" } ?? "") is not among the trusted ones"
    }

    /// For whom it is valid, where that is another host.
    var validHosts: String {
        let shown = hosts.prefix(5).joined(separator: ", ") + (hosts.count > 5 ? ", …" : "")
        return hosts.isEmpty ? "it names no host" : "valid for \(shown)"
    }

    // MARK: -

    /// 2.5.29.17, subjectAltName.
    private static let alternativeName: [UInt8] = [0x55, 0x1D, 0x11]
    /// 2.5.4.3, commonName.
    private static let commonNameAttribute: [UInt8] = [0x55, 0x04, 0x03]

    private static func commonName(_ name: DERReader) -> String? {
        var name = name
        while var set = name.next(0x31) {
            while var attribute = set.next(0x30) {
                guard let type = attribute.next(0x06), type.bytes.elementsEqual(commonNameAttribute) else { continue }
                return attribute.next().map { printable($0.reader.bytes) }
            }
        }
        return nil
    }

    private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(64), as: UTF8.self)
        return String(text.map { $0.isASCII && ($0.asciiValue ?? 0) < 0x20 ? "?" : $0 })
    }

    private static func address(_ bytes: [UInt8]) -> String? { SocketAddressText.host(bytes) }
}

/// Reads one level of DER: values one after another, each with a tag and a length.
struct DERReader: Sendable {
    private(set) var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
    private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The next value and its tag; nil at the end, and where the bytes are not DER.
    mutating func next() -> (tag: UInt8, reader: DERReader)? {
        var rest = bytes
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first & 0x80 != 0 {
            let count = Int(first & 0x7F)
            guard (1...3).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        bytes = rest.dropFirst(length)
        return (tag, DERReader(rest.prefix(length)))
    }

    /// The next value if it has this tag; otherwise nothing is read.
    mutating func next(_ tag: UInt8) -> DERReader? {
        var ahead = self
        guard let value = ahead.next(), value.tag == tag else { return nil }
        self = ahead
        return value.reader
    }

    /// The first value if it has this tag.
    func first(_ tag: UInt8) -> DERReader? {
        var copy = self
        return copy.next(tag)
    }
}
