#if os(Linux)
    import Foundation
    import ModelLifecycle
    import TestSupport
    import Testing

    @testable import ServerProvider

    @Suite("Who listens where", .turn(of: "ServerProviderTests"))
    struct ListeningSocketsTests {
        @Test func aSocketOfAProcessIsFound() throws {
            let (descriptor, port) = try listeningSocket()
            // This process may listen on more than a list of addresses holds.
            #expect(ListeningSockets.endpoints(of: [getpid()]).contains(.tcp(host: "127.0.0.1", port: port)))
            close(descriptor)
            #expect(!ListeningSockets.endpoints(of: [getpid()]).contains(.tcp(host: "127.0.0.1", port: port)))
            #expect(ListeningSockets.addresses(of: []).isEmpty)
        }

        /// What the kernel tells of all sockets is what its file tells of each.
        @Test func theKernelTellsWhoListens() throws {
            let (descriptor, port) = try listeningSocket()
            let file = try #require(ProcFile.text("/proc/self/net/tcp", atMost: 16 << 20))
            let line = try #require(
                file.split(separator: "\n").compactMap(ListeningSocket.init).first { $0.port == port })
            let all = try #require(LocalListeners.all)
            #expect(all.filter { $0.port == port } == [line])
            #expect(LocalListeners.hasOne(at: "127.0.0.1", port: port) == true)
            #expect(LocalListeners.hasOne(at: "localhost", port: port) == true)
            #expect(LocalListeners.hasOne(at: "::1", port: port) == false)
            // These may be another machine's.
            for host in ["192.0.2.7", "2001:db8::7", "example.invalid"] {
                #expect(LocalListeners.hasOne(at: host, port: port) == nil)
            }
            #expect(!LocalListeners.refuses("127.0.0.1", port: port))
            close(descriptor)
            #expect(LocalListeners.hasOne(at: "127.0.0.1", port: port) == false)
            for host in ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"] {
                #expect(LocalListeners.refuses(host, port: port), "\(host)")
            }
        }

        /// It ends as soon as any socket more listens, and throws as soon as it is cancelled.
        @Test func aWaitEndsWithANewListener() async throws {
            let (free, port) = try listeningSocket()
            close(free)
            let known = try #require(LocalListeners.inodes)
            let wait = ListenerWait(host: "127.0.0.1", port: port, known: known, interval: .milliseconds(2))
            let (descriptor, _) = try listeningSocket()
            try await wait.wait(until: .now + .seconds(600))
            close(descriptor)

            // The next look would be in ten minutes.
            let slow = ListenerWait(host: "127.0.0.1", port: port, known: known, interval: .seconds(600))
            let waiting = Task { try await slow.wait(until: .now + .seconds(600)) }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }

        @Test func aNumberIsFoundByItsWholeName() {
            let text = "oom_kill_disable 1\nlow 7\noom_kill 3\nVmHWM:\t  123 kB\nVmRSS: x\nlast 5"
            #expect(ProcFile.number(named: "oom_kill", in: text) == 3)
            #expect(ProcFile.number(named: "VmHWM:", in: text) == 123)
            #expect(ProcFile.number(named: "last", in: text) == 5)
            for name in ["VmRSS:", "ow", "oom", ""] {
                #expect(ProcFile.number(named: name, in: text) == nil, "\(name)")
            }
        }

        /// The socket is the standard input of another process, and of that one alone.
        @Test func theProcessThatHoldsThePortIsNamed() throws {
            let (descriptor, port) = try listeningSocket()
            let holder = try Spawn.start(["sleep", "600"], streams: Spawn.Streams(input: descriptor))
            defer {
                kill(holder, SIGKILL)
                waitpid(holder, nil, 0)
            }
            let probe = try ProbeTarget("http://127.0.0.1:\(port)/health")
            // This process may have it for a server of its own.
            #expect(ListeningSockets.holder(of: probe, unless: []) == nil)
            close(descriptor)
            let found = try #require(ListeningSockets.holder(of: probe, unless: []))
            #expect(found.pid == holder && !found.program.isEmpty && !found.program.contains("/"))
            for other in ["tcp://localhost:\(port)", "tcp://[::ffff:127.0.0.1]:\(port)"] {
                #expect(ListeningSockets.holder(of: try ProbeTarget(other), unless: [])?.pid == holder, "\(other)")
            }
            #expect(ListeningSockets.holder(of: probe, unless: [holder]) == nil)
            for elsewhere in ["tcp://127.0.0.2:\(port)", "tcp://[::1]:\(port)", "http://example.invalid:\(port)/"] {
                #expect(ListeningSockets.holder(of: try ProbeTarget(elsewhere), unless: []) == nil, "\(elsewhere)")
            }
            #expect(ListeningSockets.addresses(of: [holder]) == ["127.0.0.1:\(port)"])
        }

        @Test(
            arguments: [
                (
                    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1",
                    "127.0.0.1:8080"
                ),
                (
                    "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1",
                    "0.0.0.0:80"
                ),
                (
                    "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1",
                    "[::]:8080"
                ),
                (
                    "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1",
                    "[::1]:8080"
                ),
                (
                    "   0: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1",
                    "127.0.0.1:8080"
                ),
                (
                    "   2: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 12345 1",
                    nil
                ),
                (
                    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
                    nil
                ),
                ("", nil), ("   0: 0100007F 00000000:0000 0A 0 0 0 0 0 0 0 12345", nil),
            ] as [(String, String?)])
        func aLineOfTheKernelIsRead(line: String, address: String?) {
            #expect(ListeningSocket(line[...])?.address == address)
        }

        @Test(arguments: [
            ("00000000", "127.0.0.1", true), ("00000000", "127.0.0.2", true), ("00000000", "localhost", true),
            ("00000000", "::1", false), ("0100007F", "127.0.0.2", false), ("0100007F", "localhost", true),
            ("0100007F", "0.0.0.0", true), ("0100007F", "192.0.2.1", false), ("00000000", "192.0.2.1", false),
            ("00000000000000000000000000000000", "::1", true), ("00000000000000000000000000000000", "127.0.0.1", true),
            ("00000000000000000000000001000000", "127.0.0.1", false), ("010200C0", "192.0.2.1", true),
            ("00000000", "a.name", false),
        ])
        func aSocketTakesWhatIsForIt(host: String, wanted: String, isTaken: Bool) throws {
            let line = "0: \(host):1F90 00000000:0000 0A 0:0 0:0 0 0 0 12345 1"
            #expect(try #require(ListeningSocket(line[...])).takes(wanted) == isTaken)
        }
    }
#endif
