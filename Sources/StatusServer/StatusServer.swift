import HTTPTypes
import HummingbirdCore
package import JournalRendering
import LifecycleJournal
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Health, metrics, events and the page over HTTP. It reads; it never drives a model.
///
/// A server is bound first, so that a port in use is told before any model is loaded, answers "unavailable" until it is
/// given a journal, and ends with `stop`.
package final class StatusServer: Sendable {
    /// Where it listens.
    package let address: ListenAddress

    private let thread: ServerThread
    private let running: Task<Void, any Error>
    private let channel: any Channel
    private let site: Mutex<Site?>
    private let ending = Mutex<Task<Void, Never>?>(nil)
    private let connections: OpenConnections
    private let limits: ConnectionLimits
    private let hosts: HostRule
    private let logger: Logger

    // MARK: - Beginning

    /// - Parameters:
    ///   - wanted: port 0 for any that is free.
    ///   - allowedHosts: names by which it may be asked, beside those of this machine.
    /// - Throws: `BindFailure`.
    package static func bind(
        _ wanted: ListenAddress, allowedHosts: [String] = [], limits: ConnectionLimits = ConnectionLimits(),
        logger: Logger
    ) async throws -> StatusServer {
        let connections = OpenConnections()
        let thread = ServerThread()
        let holder = Holder()
        // The first requests come before this server knows where it listens.
        let begun = thread.group.any().makePromise(of: StatusServer.self)
        let (bound, continuation) = AsyncThrowingStream<any Channel, any Error>.makeStream()
        let service = try HTTPServerBuilder { responder in
            Connection(responder: responder, limits: limits, connections: connections) { holder.known?.asked }
        }.buildServer(
            configuration: ServerConfiguration(address: .hostname(wanted.host, port: wanted.port)),
            eventLoopGroup: thread.group, logger: quiet(logger)
        ) { request, writer, channel in
            let server = if let known = holder.known { known } else { try await begun.futureResult.get() }
            try await server.respond(request, writer, channel)
        } onServerRunning: { channel in
            continuation.yield(channel)
        }
        let running = Task(executorPreference: thread) {
            do {
                try await service.run()
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        do {
            for try await channel in bound {
                let address = ListenAddress(host: wanted.host, port: channel.localAddress?.port ?? wanted.port)
                let server = StatusServer(
                    address: address, thread: thread, running: running, channel: channel, connections: connections,
                    limits: limits,
                    hosts: HostRule(port: address.port, named: wanted.host, allowed: allowedHosts), logger: logger)
                holder.set(server)
                begun.succeed(server)
                return server
            }
        } catch {
            begun.fail(error)
            await thread.end()
            throw BindFailure(address: wanted, underlying: error)
        }
        begun.fail(CancellationError())
        await thread.end()
        throw BindFailure(address: wanted, underlying: CancellationError())
    }

    private init(
        address: ListenAddress, thread: ServerThread, running: Task<Void, any Error>, channel: any Channel,
        connections: OpenConnections,
        limits: ConnectionLimits, hosts: HostRule, logger: Logger
    ) {
        self.address = address
        self.thread = thread
        self.running = running
        self.channel = channel
        self.connections = connections
        self.limits = limits
        self.hosts = hosts
        self.logger = logger
        site = Mutex(nil)
    }

    /// Begins to answer.
    /// - Parameters:
    ///   - journal: its path.
    ///   - source: what is known of the models; nil where the journal alone tells.
    /// - Throws: `JournalError` where there is no journal that can be read.
    package func open(
        journal: String, source: (any StatusSource)?, version: String, invocation: Invocation = Invocation()
    ) throws {
        let feed = EventFeed()
        let states = source == nil ? JournalStates() : nil
        guard let source = source ?? states else { return }
        let follower = JournalFollower(
            path: journal, feed: feed, states: states, source: source, beatSeconds: limits.beatSeconds, logger: logger)
        try follower.start()
        let reports = ServedReports(path: journal) { follower.version }
        let site = Site(
            source: source, isLive: states == nil, follower: follower, feed: feed, reports: reports,
            connections: connections, limits: limits, version: version, invocation: invocation,
            logger: logger)
        self.site.withLock { $0 = site }
    }

    /// Clients that listen to events now.
    package var eventClients: Int { site.withLock { $0 }?.feed.clients ?? 0 }

    package var openConnections: Int { connections.count }

    // MARK: - Answering

    private var asked: ProbeObserver.Asked? {
        site.withLock { $0 }.map { ProbeObserver.Asked(hosts: hosts, probes: $0.probes) }
    }

    private func respond(
        _ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        if let refusal = RequestCheck(hosts: hosts).refusal(request, channel) {
            return try await Reply.write(refusal, request, writer)
        }
        guard let site = site.withLock({ $0 }) else {
            // An engine that settles what another one has left is alive.
            if request.head.path == Probes.Question.life.rawValue {
                return try await Reply.write(Probes.alive, request, writer)
            }
            return try await Reply.write(.unavailable("the journal is not open yet"), request, writer)
        }
        try await site.respond(request, writer, channel)
    }

    // MARK: - Ending

    /// How long clients may take to read the last events.
    private static let patience = Duration.seconds(2)

    /// Takes no connection any more, ends all streams, and closes what is open.
    package func stop() async {
        // Once: the thread of a server that has ended answers nobody any more.
        await ending.withLock { ending in
            let task = ending ?? Task { await end() }
            ending = task
            return task
        }.value
    }

    private func end() async {
        let site = site.withLock { $0 }
        if let site {
            await site.follower.stop()
            site.feed.close()
            await site.feed.waitForAll(most: Self.patience)
        }
        // A connection that was accepted, and that the server's task does not take any more, would end the whole process
        // (NIO insists that each is finished). So that task is not cancelled, and the socket is closed only once those that
        // are on their way have come. Without its socket and its connections the task ends by itself.
        do {
            try await channel.setOption(.autoRead, value: false).get()
            for _ in 0..<8 { try await channel.eventLoop.submit {}.get() }
            try await channel.close()
        } catch { logger.debug("the status server's socket was closed already: \(error)") }
        connections.closeAll()
        _ = try? await running.value
        await thread.end()
    }

    /// The server's own words are of no use to whoever runs a model.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    /// The server that the listening socket belongs to; requests come behind it only.
    private final class Holder: Sendable {
        private let server = Mutex<StatusServer?>(nil)

        func set(_ server: StatusServer) { self.server.withLock { $0 = server } }

        /// Nil until it knows where it listens.
        var known: StatusServer? { server.withLock { $0 } }
    }
}

/// Why there is no server.
package struct BindFailure: Error, CustomStringConvertible {
    package var address: ListenAddress
    package var underlying: any Error

    package var isForbidden: Bool { code == EACCES || code == EPERM }

    private var code: CInt? { (underlying as? IOError)?.errnoCode }

    package var description: String {
        switch code {
        case EADDRINUSE?: "\(address): the port is in use"
        case EACCES?, EPERM?: "\(address): this user may not listen there"
        case EADDRNOTAVAIL?: "\(address): no address of this machine"
        default:
            underlying is SocketAddressError.UnknownHost
                ? "\(address): no such host" : "\(address): cannot listen there: \(underlying)"
        }
    }
}
