struct Request: Sendable {
    var method: String
    /// Without the query.
    var path: String
    var version: String
    /// In the order in which they came.
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    var wantsClose: Bool {
        let connection = header("connection")?.lowercased() ?? ""
        return connection.contains("close") || version == "HTTP/1.0" && !connection.contains("keep-alive")
    }

    /// The value of the first `"model"` in the body; this is no parser of JSON.
    var modelInBody: String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let key = text.firstRange(of: "\"model\"") else { return nil }
        let value = text[key.upperBound...].drop { " \t\r\n:".contains($0) }
        guard value.first == "\"" else { return nil }
        return String(value.dropFirst().prefix { $0 != "\"" })
    }

    init?(head: String) {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let words = lines.first?.split(separator: " ").map(String.init) ?? []
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
        method = words[0]
        path =
            words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        version = words[2]
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return (String(line[..<colon]), String(value))
        }
    }
}
