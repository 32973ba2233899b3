/// What one client, or all together, may take of this process.
package struct ConnectionLimits: Sendable {
    package init() {}

    /// - Parameter openFiles: those that this process may have. A quarter of them stays for journals, models and whatever
    ///   else goes on in it.
    package init(openFiles: Int) {
        connections = min(connections, max(8, openFiles / 4 * 3))
        eventStreams = min(eventStreams, connections / 4 * 3)
    }

    /// Open connections. Past it a new one is closed at once, so that probes hear at once as well.
    package var connections = 2048
    /// Of these, those that listen to events.
    package var eventStreams = 1536
    /// Seconds for a request to arrive, and until an idle connection is closed.
    package var idleSeconds: Int64 = 30
    /// Seconds for a client to take what is written for it.
    package var stallSeconds: Int64 = 10
    /// Bytes of all header fields together, and of a request's line.
    package var headerBytes = 16_384
    /// Seconds between two comments to a stream in which nothing happens.
    package var beatSeconds: Int64 = 15
}
