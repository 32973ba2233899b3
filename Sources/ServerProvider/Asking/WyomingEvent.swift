import Foundation

/// One event of the Wyoming protocol: a line of JSON, and perhaps data in JSON and a payload behind it.
struct WyomingEvent: Sendable, Hashable {
    var type: String
    /// In JSON; empty if the event has none.
    var data: [UInt8]

    /// What asks a server for its models.
    static let describe = Array("{\"type\":\"describe\"}\n".utf8)
}

/// Takes the bytes of a connection apart into events.
struct WyomingReader: Sendable {
    private var bytes: [UInt8] = []

    /// Longer than what any server says of its models.
    private static let limit = 4 << 20

    /// Why the bytes are not events.
    enum Malformed: Error {
        case notWyoming(first: [UInt8])
        case tooLong
    }

    private struct Header: Decodable {
        var type: String
        var dataLength: Int?
        var payloadLength: Int?

        enum CodingKeys: String, CodingKey {
            case type
            case dataLength = "data_length"
            case payloadLength = "payload_length"
        }
    }

    mutating func append(_ part: some Sequence<UInt8>) { bytes.append(contentsOf: part) }

    /// - Returns: nil if the next event is not there as a whole.
    mutating func next() throws(Malformed) -> WyomingEvent? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            // What is no JSON may have no end of a line either.
            if let first = bytes.first, first != UInt8(ascii: "{") { throw .notWyoming(first: bytes) }
            if bytes.count > Self.limit { throw .tooLong }
            return nil
        }
        let line = Data(bytes[..<end])
        guard let header = try? JSONDecoder().decode(Header.self, from: line) else { throw .notWyoming(first: bytes) }
        let (length, payload) = (header.dataLength ?? 0, header.payloadLength ?? 0)
        guard length >= 0, payload >= 0 else { throw .notWyoming(first: bytes) }
        guard length <= Self.limit, payload <= Self.limit else { throw .tooLong }
        let start = end + 1
        guard bytes.count >= start + length + payload else { return nil }
        var data = Array(bytes[start..<(start + length)])
        // Short data may stand in the line itself.
        if data.isEmpty, let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
            let inner = object["data"] as? [String: Any]
        {
            data = Array((try? JSONSerialization.data(withJSONObject: inner, options: .sortedKeys)) ?? Data())
        }
        bytes.removeFirst(start + length + payload)
        return WyomingEvent(type: header.type, data: data)
    }
}
