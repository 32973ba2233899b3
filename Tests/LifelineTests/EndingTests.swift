import Foundation
import TestSupport
import Testing

@Suite("The shim ends as its server did", .turn(of: "LifelineTests"), .timeLimit(.minutes(2)))
struct EndingTests {
    @Test(arguments: [0, 1, 3, 125, 255] as [Int32])
    func byTheSameExitCode(code: Int32) throws {
        let shim = try Shim(script: "exit \(code)")
        #expect(shim.wait() == .exited(code))
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGKILL, SIGTERM, SIGPIPE, SIGUSR1])
    func byTheSameSignal(number: Int32) throws {
        let shim = try Shim(script: "kill -\(number) $$")
        #expect(shim.wait() == .killed(by: number))
        #expect(shim.rest() == [])
    }

    @Test func passesTheOutputOn() throws {
        let shim = try Shim(script: "echo out; echo err >&2; exit 4")
        #expect(shim.rest() == ["out", "err"])
        #expect(shim.wait() == .exited(4))
    }

    @Test func passesTheArgumentsOn() throws {
        let shim = try Shim(["sh", "-c", "printf '<%s>\\n' \"$@\"", "name", "a b", "", "--help", "T"])
        #expect(shim.rest() == ["<a b>", "<>", "<--help>", "<T>"])
    }

    #if os(Linux)
        @Test("what it leaves behind is asked to end", arguments: [0, 7] as [Int32])
        func asksTheRest(code: Int32) throws {
            let shim = try Shim(
                script: """
                    mkfifo=$(mktemp -u); mkfifo "$mkfifo"
                    sh -c 'trap "echo told; exit" TERM; echo up >"$1"; while :; do sleep 1000 & wait; done' sh "$mkfifo" &
                    read up <"$mkfifo"; rm "$mkfifo"; exit \(code)
                    """)
            #expect(shim.rest() == ["told"])
            #expect(shim.wait() == .exited(code))
            #expect(shim.leftovers() == [])
        }

        @Test func killsTheRestThatDoesNotEnd() throws {
            let shim = try Shim(
                script: """
                    (setsid sh -c 'trap "" TERM; echo daemon; while :; do sleep 1000; done' &)
                    trap 'exit 6' TERM; echo server; while :; do sleep 1000 & wait; done
                    """)
            #expect(Set([shim.line(), shim.line()]) == ["daemon", "server"])
            shim.send("T")
            #expect(shim.wait() == .exited(6))
            #expect(shim.leftovers() == [])
        }

        /// As a daemon does: the process that was started ends, and its work goes on in the background.
        @Test func endsWithAServerThatGoesToTheBackground() throws {
            let shim = try Shim(script: "(setsid sleep 1000 &) ; exit 0")
            #expect(shim.wait() == .exited(0))
            #expect(shim.leftovers() == [])
        }
    #endif
}
