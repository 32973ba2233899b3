import Foundation
import TestSupport
import Testing

@Suite("What the engine says on the lifeline", .turn(of: "LifelineTests"), .timeLimit(.minutes(2)))
struct OrderTests {
    @Test func askingToEndLeavesTheServerItsTime() throws {
        let shim = try Shim(script: "trap 'echo told; exit 5' TERM; echo ready; while :; do sleep 1000 & wait; done")
        #expect(shim.line() == "ready")
        shim.send("T")
        #expect(shim.rest() == ["told"])
        #expect(shim.wait() == .exited(5))
    }

    @Test func askingToEndReachesTheWholeGroup() throws {
        let shim = try Shim(
            script: """
                trap 'wait; exit 0' TERM
                sh -c 'trap "echo child told; exit" TERM; echo ready; while :; do sleep 1000 & wait; done' &
                wait
                """)
        #expect(shim.line() == "ready")
        shim.send("T")
        #expect(shim.rest() == ["child told"])
        #expect(shim.wait() == .exited(0))
        #expect(shim.leftovers() == [])
    }

    @Test func aServerThatEndsByTheSignalShowsIt() throws {
        let shim = try Shim(script: Scripts.obedient)
        #expect(shim.line() == "ready")
        shim.send("T")
        #expect(shim.wait() == .killed(by: SIGTERM))
    }

    /// It would not hear anything but SIGKILL otherwise.
    @Test func aStoppedServerHearsIt() throws {
        let shim = try Shim(
            script: """
                trap 'echo told; exit 5' TERM
                (kill -STOP $$; echo stopped) & wait
                while :; do sleep 1000 & wait; done
                """)
        #expect(shim.line() == "stopped")
        shim.send("T")
        #expect(shim.rest() == ["told"])
        #expect(shim.wait() == .exited(5))
    }

    @Test func killingEndsAServerThatIgnoresTheRest() throws {
        let shim = try Shim(script: Scripts.ignoresTerm)
        #expect(shim.line() == "ready")
        shim.send("T")
        shim.send("T")
        shim.send("K")
        #expect(shim.wait() == .killed(by: SIGKILL))
        #expect(shim.rest() == [])
        #expect(shim.leftovers() == [])
    }

    @Test func whatItDoesNotKnowIsPassedOver() throws {
        let shim = try Shim(script: "trap 'exit 5' TERM; echo ready; while :; do sleep 1000 & wait; done")
        #expect(shim.line() == "ready")
        shim.send("hello\0\n\u{ff}")
        shim.send("..T")
        #expect(shim.wait() == .exited(5))
    }

    #if os(Linux)
        @Test func killingFindsWhoLeftTheGroup() throws {
            let shim = try Shim(script: Scripts.daemon(ignoringTerm: true))
            #expect(Set([shim.line(), shim.line()]) == ["daemon", "ready"])
            shim.send("K")
            #expect(shim.wait() == .killed(by: SIGKILL))
            #expect(shim.rest() == [])
            #expect(shim.leftovers() == [])
        }

        @Test func killingEndsASwarm() throws {
            let shim = try Shim(script: Scripts.swarm)
            for _ in 0..<64 { #expect(shim.line() == "leaf") }
            #expect(shim.leftovers().count >= 64)
            shim.send("K")
            #expect(shim.wait() == .killed(by: SIGKILL))
            #expect(shim.leftovers() == [])
        }

        /// It forks as fast as it can, each process once, and each ends at once: whoever looks is late.
        @Test func killingCatchesARunner() throws {
            let shim = try Shim(
                script: """
                    run='n=$(($1 - 1)); [ $n -gt 0 ] && { setsid sh -c "$run" sh $n & }; [ $n = 2950 ] && echo away; exit 0'
                    export run
                    sh -c "$run" sh 3000; exec sleep 1000
                    """)
            #expect(shim.line() == "away")
            shim.send("K")
            #expect(shim.wait() == .killed(by: SIGKILL))
            #expect(shim.leftovers() == [])
        }
    #endif
}
