/// The warnings and errors of a whole output, for a server that runs and is not well.
enum Complaints {
    static let limit = 50

    static func list(_ messages: [Message]) -> [OutputReading.Finding] {
        var seen: Set<String> = []
        var list: [OutputReading.Finding] = []
        for message in messages where isComplaint(message) {
            guard seen.insert(message.text).inserted else { continue }
            list.append(OutputReading.Finding(text: message.text, line: message.line))
            if list.count == limit { break }
        }
        return list
    }

    private static func isComplaint(_ message: Message) -> Bool {
        guard message.rank > .farewell, !message.text.isEmpty else { return false }
        let words = Words(Array(message.text.utf8)).words
        if words.contains("deprecated") || words.contains("deprecationwarning") { return false }
        switch message.level {
        case .warning, .error: return true
        case .info, .detail: return false
        case nil: return message.isError
        }
    }
}
