#if os(Linux)
    import Foundation
    import ModelLifecycle
    import TestSupport
    import Testing

    @testable import ServerProvider

    /// Two processes with a listening socket as their standard input: the server and another one.
    @Suite("Whose port it is", .turn(of: "ServerProviderTests"))
    struct PortOwnerTests {
        @Test func aSocketOfTheServerIsTheServers() throws {
            let (socket, port) = try listeningSocket()
            let server = try Holder(socket)
            #expect(owner(port, [server]) == .server)
            #expect(owner(port, [server], host: "localhost") == .server)
            #expect(owner(port, [server], host: "127.0.0.2") == .unknown)
        }

        @Test func aSocketOfAnotherIsNamed() throws {
            let (socket, port) = try listeningSocket()
            let other = try Holder(socket)
            let server = try Holder(nil)
            guard case .other(let listener) = owner(port, [server]) else {
                Issue.record("\(owner(port, [server]))")
                return
            }
            #expect(listener.name?.pid == other.pid)
            #expect(listener.name.map { $0.program.isEmpty || $0.program.contains("/") } == false)
            #expect(
                owner(port, [server]).objection(to: .tcp(host: "127.0.0.1", port: port))?.hasPrefix(
                    "pid \(other.pid) (") == true)
        }

        /// One is told to go, whoever of the two looks.
        @Test func twoThatShareAPortAgreeOnWhoIsOlder() throws {
            let (first, port) = try sharedSocket(port: 0)
            let older = try Holder(first)
            let (second, _) = try sharedSocket(port: port)
            let younger = try Holder(second)
            guard case .shared(let own, let other) = owner(port, [older]),
                case .shared(let ownOfYounger, let otherOfYounger) = owner(port, [younger])
            else {
                Issue.record("\(owner(port, [older])), \(owner(port, [younger]))")
                return
            }
            #expect(own.name?.pid == older.pid && other.name?.pid == younger.pid)
            #expect(ownOfYounger == other && otherOfYounger == own)
            #expect(own.isOlder(than: other) && !other.isOlder(than: own))
            // Both are one server's.
            #expect(owner(port, [older, younger]) == .server)
        }

        /// The kernel prefers it to a socket of all addresses.
        @Test func theSocketOfTheVeryAddressCounts() throws {
            let (wildcard, port) = try sharedSocket(port: 0, address: "0.0.0.0")
            let server = try Holder(wildcard)
            #expect(owner(port, [server]) == .server)
            let (exact, _) = try sharedSocket(port: port)
            let other = try Holder(exact)
            guard case .other(let listener) = owner(port, [server]) else {
                Issue.record("\(owner(port, [server]))")
                return
            }
            #expect(listener.name?.pid == other.pid)
            #expect(owner(port, [server], host: "127.0.0.3") == .server)
            #expect(owner(port, [other]) == .server)
        }

        @Test func whereNobodyListensNothingIsKnown() throws {
            #expect(owner(try freePort(), [try Holder(nil)]) == .unknown)
        }

        @Test func aServerIsFoundWhereItListens() throws {
            let (socket, port) = try listeningSocket()
            let (wildcard, all) = try sharedSocket(port: 0, address: "0.0.0.0")
            let server = try Holder(socket)
            let worker = try Holder(wildcard)
            let found = ListeningSockets.endpoints(of: [server.pid, worker.pid])
            #expect(
                Set(found) == [.tcp(host: "127.0.0.1", port: port), .tcp(host: "127.0.0.1", port: all)], "\(found)")
            #expect(ListeningSockets.endpoints(of: []).isEmpty)
        }

        private func owner(_ port: Int, _ server: [Holder], host: String = "127.0.0.1") -> PortOwner {
            ListeningSockets.owner(of: host, port: port, server: server.map(\.pid), helpers: [])
        }

        /// A process that has the socket for itself, until the test is over.
        private final class Holder {
            let pid: Int32

            init(_ socket: Int32?) throws {
                pid = try Spawn.start(["sleep", "600"], streams: Spawn.Streams(input: socket))
                if let socket { close(socket) }
            }

            deinit {
                kill(pid, SIGKILL)
                waitpid(pid, nil, 0)
            }
        }

        private func sharedSocket(port: Int, address: String = "127.0.0.1") throws -> (Int32, Int) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var on: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout<Int32>.size))
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(port).bigEndian
            inet_pton(AF_INET, address, &name.sin_addr)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isListening = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                        && getsockname(descriptor, $0, &length) == 0
                }
            }
            try #require(isListening)
            return (descriptor, Int(in_port_t(bigEndian: name.sin_port)))
        }
    }
#endif
