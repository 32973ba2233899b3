import ModelLifecycle

/// Whose process gets the connections to an address of this machine.
enum PortOwner: Sendable, Hashable {
    /// Processes of this server alone.
    case server
    /// Another process, and none of this server's.
    case other(Listener)
    /// Both listen on the same port (SO_REUSEPORT), and the kernel deals out the connections between them.
    case shared(own: Listener, other: Listener)
    /// It cannot be known: no process is seen to listen there (another machine or network name space), the processes are
    /// another user's, or a program that forwards connections has the port.
    case unknown

    /// A process with a listening socket.
    struct Listener: Sendable, Hashable {
        /// Nil for a process of another user, which may not be looked at.
        var name: FailureEvidence.ProcessName?
        /// Clock ticks since the boot; nil if it is not known.
        var start: UInt64?

        /// `pid 4711 (whisper-server)`.
        var text: String { name.map { "pid \($0.pid) (\($0.program))" } ?? "a process of another user" }

        /// Two engines that compare the same two processes come to opposite results, so that one of them gives way.
        func isOlder(than other: Listener) -> Bool {
            guard let start, let name, let otherStart = other.start, let otherName = other.name else { return false }
            return (start, name.pid) < (otherStart, otherName.pid)
        }
    }

    /// Programs that listen for a server in a container or behind a socket of the system's; where the connections go is
    /// not known.
    static let forwarders: Set<String> = [
        "docker-proxy", "rootlessport", "rootlesskit", "slirp4netns", "pasta", "pasta.avx2", "gvproxy", "conmon",
        "systemd-socket-proxyd",
    ]

    /// Why an answer from there does not make this server READY; nil if it does.
    func objection(to target: ProbeTarget) -> String? {
        switch self {
        case .server, .unknown: nil
        case .other(let listener): "\(listener.text) listens there, and not this server"
        case .shared(_, let other):
            "\(other.text) listens on "
                + (target.address.map { "port \($0.port) as well" } ?? "the same socket")
                + ", and would get a part of the requests"
        }
    }
}
