import Foundation
import Testing

/// ARCHITECTURE.md is true: the figure's names are the code's, and every import is one that its table allows.
@Suite struct ArchitectureTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func page() throws -> String {
        try String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
    }

    /// Swift files and scripts under Sources, by their path from there.
    private func sources() throws -> [String: String] {
        let folder = root.appending(path: "Sources")
        var found: [String: String] = [:]
        for case let path as String in try #require(FileManager.default.enumerator(atPath: folder.path))
        where path.hasSuffix(".swift") || path.hasSuffix(".js") {
            found[path] = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        }
        #expect(found.count > 200)
        return found
    }

    @Test func theFigureNamesWhatIsThere() throws {
        let sources = try sources()
        let figure = try #require(try page().components(separatedBy: "```").dropFirst().first)
        let steps = figure.matches(of: /(\w+\.(?:swift|js)) +([a-z]\w+)\(?$/.anchorsMatchLineEndings())
        #expect(steps.count >= 15)
        for step in steps {
            let file = String(step.1)
            let named = sources.filter { $0.key.hasSuffix("/" + file) }
            #expect(!named.isEmpty, "there is no \(file)")
            let declaration = try Regex("(?:func|var|function) \(step.2)\\b")
            #expect(named.values.contains { $0.contains(declaration) }, "\(file) has no \(step.2)")
        }
    }

    @Test func nobodyImportsWhatItsRoomDoesNotKnow() throws {
        let page = try page()
        let table = try #require(
            page.components(separatedBy: "<!-- rooms: begin -->").last?.components(separatedBy: "<!-- rooms: end -->")
                .first)
        var known: [String: Set<String>] = [:]
        for row in table.split(separator: "\n").filter({ $0.hasPrefix("| `") }) {
            let cells = row.split(separator: "|")
            let room = try #require(cells[0].firstMatch(of: /`(.+)`/)).1
            known[String(room)] = Set(cells[1].matches(of: /`([^`]+)`/).map { String($0.1) })
        }
        var imported: [String: Set<String>] = [:]
        for (path, text) in try sources() where path.hasSuffix(".swift") {
            let room = String(path.prefix { $0 != "/" })
            for match in text.matches(
                of: /^(?:@\w+ )?(?:\w+ )?import (?:struct |enum |class )?(\w+)/.anchorsMatchLineEndings())
            {
                imported[room, default: []].insert(String(match.1))
            }
        }
        let folders = try FileManager.default.contentsOfDirectory(atPath: root.path + "/Sources")
        #expect(Set(known.keys) == Set(folders + ["JournalMigrations"]))
        // Pure rules: nothing of the system either.
        #expect(imported["ModelLifecycle"] == nil)
        for (room, modules) in imported {
            #expect(modules.intersection(known.keys) == known[room], "\(room)")
        }
    }

    /// A change of the schema concerns these rooms alone.
    @Test func sqlIsInTheRoomsOfTheJournalAndInTheStoreAlone() throws {
        let statement =
            /\b(SELECT\b.+\bFROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET|CREATE (TABLE|VIEW|INDEX)|PRAGMA \w)/
        var rooms: Set<String> = []
        for (path, text) in try sources() where path.hasSuffix(".swift") {
            // A command's help shows what can be asked.
            let lines = text.split(separator: "\n").filter { !$0.contains("modeljournal sql '") }
            if lines.contains(where: { $0.contains(statement) }) { rooms.insert(String(path.prefix { $0 != "/" })) }
        }
        #expect(rooms == ["LifecycleJournal", "JournalReports", "JournalCare", "FleetStore"])
    }

    /// Files beside the folders of a target count as one more folder.
    @Test func foldersOfATargetFormNoCircle() throws {
        var targets: [String: [String: String]] = [:]
        for (path, text) in try sources() where path.hasSuffix(".swift") {
            let parts = path.split(separator: "/").map(String.init)
            let code = text.replacing(/\/\/.*/, with: "")
            targets[parts[0], default: [:]][parts.count > 2 ? parts[1] : "", default: ""] += code + "\n"
        }
        for (target, folders) in targets where folders.count > 1 {
            let uses = try dependencies(of: folders)
            var left = Set(folders.keys)
            // What depends on nothing that is left is in no circle.
            while let free = left.first(where: { uses[$0, default: []].isDisjoint(with: left) }) { left.remove(free) }
            #expect(left.isEmpty, "\(target): \(left.sorted().map { "\($0) → \(uses[$0, default: []].sorted())" })")
        }
    }

    /// The folders that each folder needs, by the types that it names.
    private func dependencies(of folders: [String: String]) throws -> [String: Set<String>] {
        let declaration =
            /^(?:(?:package|public|final|indirect) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/
            .anchorsMatchLineEndings()
        var homes: [Substring: Set<String>] = [:]
        for (folder, code) in folders {
            for match in code.matches(of: declaration) { homes[match.1, default: []].insert(folder) }
        }
        return folders.mapValues { code in
            var names = Set(code.split { !$0.isLetter && !$0.isNumber && $0 != "_" })
            names.formIntersection(homes.keys)
            // A name that two folders have says nothing.
            return Set(names.compactMap { homes[$0].flatMap { $0.count == 1 ? $0.first : nil } })
        }.reduce(into: [:]) { uses, entry in uses[entry.key] = entry.value.subtracting([entry.key]) }
    }
}
