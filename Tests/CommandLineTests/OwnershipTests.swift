import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension WithRealModel {
    /// One engine drives a model in a journal; several share the journal.
    @Suite(.turn(of: "CommandLineTests")) struct Ownership {
        @Test func aSecondRunOfTheSameModelIsTurnedAway() async throws {
            try await withWorkspace { workspace in
                let first = try workspace.start(["run"])
                try await workspace.waitUntil(is: "READY")
                let before = try await workspace.exportedLines()

                for arguments in [["run", "--once"], ["run", "--once", "--resume"]] {
                    let second = try await workspace.run(arguments)
                    #expect(second.status == 75, "\(second)")
                    #expect(second.errorLines.count == 1 && second.output.isEmpty, "\(second)")
                    #expect(second.errors.contains("(pid \(first.pid) on "), "\(second)")
                }

                #expect(try await workspace.exportedLines() == before)
                let status = try await workspace.run("status", "-o", "json")
                #expect(status.status == 0, "\(status)")
                first.send(SIGTERM)
                #expect(try await first.finished().status == 0)
            }
        }

        @Test func aStoppedOwnerIsNeverClosed() async throws {
            try await withWorkspace { workspace in
                let owner = try workspace.start(["run"])
                try await workspace.waitUntil(is: "READY")
                owner.send(SIGSTOP)
                for arguments in [["run", "--once"], ["run", "--once", "--resume"]] {
                    let second = try await workspace.run(arguments)
                    #expect(second.status == 75 && second.errors.contains("(pid \(owner.pid) on "), "\(second)")
                }
                // Somebody else settles the journal beside it, and leaves it alone as well.
                let folder = try Installation.modelFolder()
                let other = try await workspace.run("run", "--once", "--model", "other", "--model-path", folder)
                #expect(other.status == 0, "\(other)")
                owner.send(SIGCONT)
                owner.send(SIGTERM)
                #expect(try await owner.finished().status == 0)
                let rows = try await workspace.history("--model", "en-us")
                #expect(rows.map(\.trigger) == ["initialize", "loaded", "warmed", "unload", "unloaded"])
            }
        }

        @Test func twoModelsAreDrivenSideBySide() async throws {
            try await withWorkspace { workspace in
                let folder = try Installation.modelFolder()
                let first = try workspace.start(["run"])
                let second = try workspace.start(["run", "--model", "other", "--model-path", folder])
                try await workspace.waitUntil(is: "READY")
                try await workspace.waitUntil("other", is: "READY")

                let status = try await workspace.run("status", "-o", "json")
                #expect(status.status == 0, "\(status)")
                let owners = try status.objects().map { $0["owner"] as? [String: Any] }
                #expect(owners.map { $0?["pid"] as? Int } == [Int(first.pid), Int(second.pid)])
                #expect(owners.allSatisfy { $0?["liveness"] as? String == "alive" })

                first.send(SIGTERM)
                #expect(try await first.finished().status == 0)
                let half = try await workspace.run("status")
                #expect(half.status == 1 && half.output.contains("READY"), "\(half)")
                second.send(SIGTERM)
                #expect(try await second.finished().status == 0)
                let rows = try await workspace.history()
                expectLegalPath(rows)
                #expect(rows.count == 10 && Set(rows.map(\.correlationId)).count == 2)
            }
        }
    }
}
