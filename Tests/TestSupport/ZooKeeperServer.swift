import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the servers of a ClickHouse cluster agree by, as a plain process. It ends with the process that started it.
package final class ZooKeeperServer: Sendable {
    /// The folder of Debian's libraries for Java; nil where they, or Java, are not there.
    package static let libraries: String? = {
        let folder = "/usr/share/java"
        let files = FileManager.default
        let isThere =
            files.isReadableFile(atPath: folder + "/zookeeper.jar")
            && ["/usr/bin/java", "/usr/local/bin/java"].contains { files.isExecutableFile(atPath: $0) }
        return isThere ? folder : nil
    }()

    package let port: Int
    private let directory: URL
    private let process = Mutex<(shell: pid_t, input: Int32)?>(nil)

    package init() throws {
        port = try freePort()
        directory = FileManager.default.temporaryDirectory.appending(path: "zookeeper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try """
        tickTime=2000
        dataDir=\(directory.path)/data
        clientPort=\(port)
        clientPortAddress=127.0.0.1
        admin.enableServer=false

        """.write(to: directory.appending(path: "zoo.cfg"), atomically: true, encoding: .utf8)
    }

    package func start() async throws {
        guard let libraries = Self.libraries else { throw NeverHappened("ZooKeeper is not there") }
        let pipe = try Spawn.pipe()
        defer { close(pipe.read) }
        let shell = try Spawn.start(
            [
                "/bin/sh", "-c",
                """
                exec 3<&0
                classes=
                for jar in zookeeper slf4j-api slf4j-nop metrics-core snappy-java commons-cli commons-io; do
                    classes=$classes:$0/$jar.jar
                done
                for jar in "$0"/netty-*.jar; do classes=$classes:$jar; done
                java -Xmx128m -cp "$classes" org.apache.zookeeper.server.ZooKeeperServerMain "$1/zoo.cfg" \
                    >"$1/log" 2>&1 </dev/null 3<&- &
                server=$!
                read line <&3
                kill -9 $server 2>/dev/null
                wait $server
                """, libraries, directory.path,
            ], streams: Spawn.Streams(input: pipe.read))
        process.withLock { $0 = (shell, pipe.write) }
        // It listens before it serves, and a ClickHouse that meets it then may fall over.
        try await eventually("ZooKeeper serves on port \(port)") {
            answer(on: self.port, to: "srvr").contains("Mode: standalone")
        }
    }

    package func end() {
        let running = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let running else { return }
        close(running.input)
        _ = Spawn.reap(running.shell)
        try? FileManager.default.removeItem(at: directory)
    }

    deinit { end() }
}
