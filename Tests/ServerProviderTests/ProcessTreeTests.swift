import Foundation
import TestSupport
import Testing

@testable import ServerProvider

@Suite("The processes of a server") struct ProcessTreeTests {
    private static let line = "4711 (a (b) c) S 4700 4711 4699 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 123456 0 0"

    @Test func aNameMayContainParenthesesAndSpaces() throws {
        let seen = try #require(SeenProcess(stat: Self.line))
        #expect(seen.name == "a (b) c" && seen.pid == 4711 && seen.parent == 4700 && seen.group == 4711)
        #expect(seen.session == 4699 && seen.start == 123456 && !seen.hasEnded && seen.waitStatus == nil)
    }

    @Test func theSignalOfOneThatHasEndedIsKnownUntilItsParentAsks() throws {
        let rest = Array(repeating: "0", count: 27).joined(separator: " ")
        let zombie = Self.line.replacing(" S ", with: " Z ") + " " + rest
        #expect(SeenProcess(stat: zombie + " 9\n")?.waitStatus == 9)
        // It is not ours to know.
        #expect(SeenProcess(stat: zombie + " 0\n")?.waitStatus == nil)
    }

    @Test(arguments: ["", "x", "1 (a", "1 (a) S 2", "(a) S 1 2 3"]) func whatIsNoSuchLineIsNoProcess(text: String) {
        #expect(SeenProcess(stat: text) == nil)
    }

    #if os(Linux)
        /// A daemon in a session of its own is found as well, as its parents lead to the one that was asked about.
        @Test func allDescendantsAreFoundAndTheFirstIsTheOldest() async throws {
            let pipe = try Spawn.pipe()
            let shell = try Spawn.start(
                ["/bin/sh", "-c", "sh -c 'setsid sh -c \"echo up; exec sleep 100\" & wait; :'; :"],
                streams: .init(output: pipe.write))
            close(pipe.write)
            defer {
                kill(shell, SIGKILL)
                _ = Spawn.reap(shell)
                close(pipe.read)
            }
            var bytes = [UInt8](repeating: 0, count: 3)
            #expect(read(pipe.read, &bytes, 3) == 3)
            let found = ProcessTree.processes(ofLifeline: shell)
            #expect(found.count == 2 && found.first?.name == "sh", "\(found)")
            #expect(found.first?.parent == shell && found.last?.parent == found.first?.pid)
            #expect(ProcessTree.members(ofLifeline: shell) == found.map(\.pid))
            for process in found.reversed() { kill(process.pid, SIGKILL) }
        }
    #endif
}
