import Foundation

/// The outputs in `Tests/Outputs`, each with what a person would name as the cause.
struct CorpusFile: Sendable, CustomStringConvertible {
    var name: String
    var expected: [String: [String]]
    var output: String

    var description: String { name }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Outputs")

    static let all: [CorpusFile] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap(CorpusFile.init)
    }()

    /// A head of `# key: value` lines, `---`, and the output as it was.
    init?(name: String) {
        guard let data = FileManager.default.contents(atPath: CorpusFile.folder.appending(path: name).path) else {
            return nil
        }
        let text = String(decoding: data, as: UTF8.self)
        guard let mark = text.range(of: "\n---\n") else { return nil }
        self.name = name
        output = String(text[mark.upperBound...])
        expected = [:]
        for line in text[..<mark.lowerBound].split(separator: "\n") {
            let parts = line.drop { $0 == "#" || $0 == " " }.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            expected[String(parts[0]), default: []].append(parts[1].trimmingCharacters(in: .whitespaces))
        }
    }

    /// What the head demands under a key.
    func values(_ key: String) -> [String] { expected[key] ?? [] }

    var linesSinceReady: Int? { values("since-ready").first.flatMap { Int($0) } }
}
