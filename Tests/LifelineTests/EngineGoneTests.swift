import Foundation
import TestSupport
import Testing

@Suite("When the engine is gone, so is the server", .turn(of: "LifelineTests"), .timeLimit(.minutes(5)))
struct EngineGoneTests {
    @Test func anObedientServerEndsAtOnce() throws {
        let shim = try Shim(script: Scripts.obedient)
        #expect(shim.line() == "ready")
        shim.cut()
        #expect(shim.wait() == .killed(by: SIGTERM))
    }

    @Test func aServerWithGrandchildren() throws {
        let shim = try Shim(script: Scripts.withGrandchildren)
        #expect(shim.line() == "ready")
        shim.cut()
        #expect(shim.wait() == .killed(by: SIGTERM))
        #expect(shim.rest() == [])
        #expect(shim.leftovers() == [])
    }

    /// Some servers give up their work at the second SIGTERM, so there is only one.
    @Test func aServerThatTakesItsTimeIsAskedOnce() throws {
        let shim = try Shim(script: "trap 'echo told' TERM; echo ready; while :; do sleep 1000 & wait; done")
        #expect(shim.line() == "ready")
        shim.cut()
        #expect(shim.wait() == .killed(by: SIGKILL))
        #expect(shim.rest() == ["told"])
    }

    @Test func aServerThatIgnoresIt() throws {
        let shim = try Shim(script: Scripts.ignoresTerm)
        #expect(shim.line() == "ready")
        shim.cut()
        #expect(shim.wait() == .killed(by: SIGKILL))
        #expect(shim.rest() == [])
        #expect(shim.leftovers() == [])
    }

    @Test("a signal to the shim does the same", arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
    func aSignal(number: Int32) throws {
        let shim = try Shim(script: Scripts.withGrandchildren)
        #expect(shim.line() == "ready")
        kill(shim.pid, number)
        #expect(shim.wait() == .killed(by: SIGTERM))
        #expect(shim.leftovers() == [])
    }

    @Test("other signals to the shim do nothing", arguments: [SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD])
    func aHarmlessSignal(number: Int32) throws {
        let shim = try Shim(script: "trap 'exit 5' TERM; echo ready; while :; do sleep 1000 & wait; done")
        #expect(shim.line() == "ready")
        kill(shim.pid, number)
        shim.send("T")
        #expect(shim.wait() == .exited(5))
    }

    @Test func theEndMayComeBeforeTheBeginning() throws {
        let shim = try Shim(["sleep", "1000"], prefix: ["sh", "-c", "exec \"$@\" </dev/null", "sh"])
        #expect(shim.wait() == .killed(by: SIGTERM))
    }

    @Test func aClosedLifelineIsOneThatWasCut() throws {
        let shim = try Shim(["sleep", "1000"], prefix: ["sh", "-c", "exec \"$@\" <&-", "sh"])
        #expect(shim.wait() == .killed(by: SIGTERM))
    }

    #if os(Linux)
        @Test("a daemon in its own session", arguments: [false, true])
        func aDaemon(ignoringTerm: Bool) throws {
            let shim = try Shim(script: Scripts.daemon(ignoringTerm: ignoringTerm))
            #expect(Set([shim.line(), shim.line()]) == ["daemon", "ready"])
            shim.cut()
            #expect(shim.wait() == .killed(by: SIGTERM))
            #expect(shim.rest() == [])
            #expect(shim.leftovers() == [])
        }

        @Test func aSwarm() throws {
            let shim = try Shim(script: Scripts.swarm)
            for _ in 0..<64 { #expect(shim.line() == "leaf") }
            shim.cut()
            #expect(shim.wait() == .killed(by: SIGTERM))
            #expect(shim.leftovers() == [])
        }

        @Test func aServerWhoseShimIsKilled() throws {
            let shim = try Shim(script: "trap '' TERM; echo ready; exec sleep 1000")
            #expect(shim.line() == "ready")
            kill(shim.pid, SIGKILL)
            #expect(shim.wait() == .killed(by: SIGKILL))
            #expect(shim.rest() == [])
            #expect(shim.leftovers() == [])
        }

        @Test func atAnyTime() throws {
            let scripts = [
                Scripts.withGrandchildren, Scripts.ignoresTerm, Scripts.swarm,
                Scripts.daemon(ignoringTerm: true), Scripts.daemon(ignoringTerm: false),
            ]
            // Twenty at once, since those that ignore SIGTERM take two seconds.
            for round in 0..<5 {
                let shims = try (0..<20).map { try Shim(script: scripts[($0 + round) % scripts.count]) }
                for shim in shims.shuffled() {
                    // Not to wait for anything: any moment is right, and this chooses one.
                    usleep(.random(in: 0...10_000))
                    shim.cut()
                }
                for shim in shims {
                    #expect([.killed(by: SIGTERM), .killed(by: SIGKILL)].contains(shim.wait()))
                    #expect(shim.leftovers() == [])
                }
            }
        }
    #endif
}
