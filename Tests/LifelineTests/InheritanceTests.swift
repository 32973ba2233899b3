import Foundation
import TestSupport
import Testing

#if os(Linux)
    @Suite("What the server gets from the engine", .turn(of: "LifelineTests"), .timeLimit(.minutes(1)))
    struct InheritanceTests {
        @Test func aGroupOfItsOwnInTheShimsSession() throws {
            let shim = try Shim(script: "cut -d ' ' -f 1,5,6 /proc/$$/stat; ps -o pgid= -p $PPID")
            let numbers = shim.rest().joined(separator: " ").split(separator: " ").compactMap { pid_t($0) }
            try #require(numbers.count == 4)
            #expect(numbers[1] == numbers[0], "it leads its group")
            #expect(numbers[2] == shim.pid)
            #expect(numbers[3] == shim.pid)
            #expect(getpgrp() != shim.pid)
        }

        @Test func noDescriptorButTheThree() throws {
            let shim = try Shim(
                ["sh", "-c", "ls /proc/$$/fd; readlink /proc/$$/fd/0"],
                prefix: ["sh", "-c", "exec 3</dev/zero 7</etc/passwd 9>/dev/null; exec \"$@\"", "sh"])
            #expect(shim.rest() == ["0", "1", "2", "/dev/null"])
        }

        @Test func theShimHoldsNoOther() throws {
            let shim = try Shim(
                ["sh", "-c", "for f in /proc/$PPID/fd/*; do echo ${f##*/}; done"],
                prefix: ["sh", "-c", "exec 3</dev/zero 7</etc/passwd 9>/dev/null; exec \"$@\"", "sh"])
            #expect(shim.rest() == ["0", "1", "2"])
        }

        @Test func noIgnoredAndNoBlockedSignal() throws {
            let shim = try Shim(
                ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"],
                prefix: [
                    "env", "--ignore-signal=TERM,INT,HUP,PIPE,CHLD,USR1,RTMIN+3",
                    "--block-signal=TERM,INT,CHLD,USR2,RTMIN+4",
                ])
            let none = "0000000000000000"
            #expect(shim.rest() == ["SigBlk:\t\(none)", "SigIgn:\t\(none)"])
        }

        /// The engine's own dispositions do not keep the shim from its work.
        @Test func theShimHearsWhatTheEngineIgnores() throws {
            let shim = try Shim(
                ["sh", "-c", "echo ready; exec sleep 1000"],
                prefix: ["env", "--ignore-signal=TERM,CHLD", "--block-signal=TERM,CHLD"])
            #expect(shim.line() == "ready")
            kill(shim.pid, SIGTERM)
            #expect(shim.wait() == .killed(by: SIGTERM))
        }

        @Test func theEnvironmentAndTheLimits() throws {
            let limits = "ulimit -Sc 12; exec \"$@\""
            let shim = try Shim(
                ["sh", "-c", "echo $LIFELINE_TEST; ulimit -Sc"], prefix: ["sh", "-c", limits, "sh"])
            let limit = shim.rest()
            #expect(limit == [String(shim.marker.dropFirst("LIFELINE_TEST=".count)), "12"])
        }

        @Test func orphansAreReapedWhileTheServerRuns() throws {
            let shim = try Shim(
                script: "for n in 1 2 3 4 5 6 7 8; do (setsid true &); done; wait; echo ready; exec sleep 1000")
            #expect(shim.line() == "ready")
            // The server alone stays, and the time limit ends this if it does not.
            while shim.children().count > 1 || !shim.zombies().isEmpty { sched_yield() }
            shim.cut()
            #expect(shim.wait() == .killed(by: SIGTERM))
        }

        @Test func theShimSleepsMeanwhile() throws {
            let shim = try Shim(script: "echo a; sleep 0.5; echo b; exec sleep 1000")
            #expect(shim.line() == "a")
            let before = shim.waits()
            #expect(shim.line() == "b")
            // One at most, if it had not yet come to its first.
            #expect(shim.waits() - before <= 1)
        }
    }
#endif
