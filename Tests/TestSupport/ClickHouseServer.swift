package import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A real ClickHouse server as a plain process, on ports of this machine that were free, with a folder of its own. It ends
/// with the process that started it, whatever becomes of that.
package final class ClickHouseServer: Sendable {
    package struct Ports: Sendable {
        package var http: Int
        package var tcp: Int
        package var interserver: Int

        package init() throws { (http, tcp, interserver) = try (freePort(), freePort(), freePort()) }
    }

    /// Where Debian's package was unpacked; nil where it is out of reach.
    package static let folder = ProcessInfo.processInfo.environment["MODELJOURNAL_CLICKHOUSE"].flatMap {
        $0.isEmpty ? nil : $0
    }

    package let ports: Ports
    package let directory: URL
    private let process = Mutex<(shell: pid_t, input: Int32)?>(nil)

    /// - Parameters:
    ///   - password: of the user `default`. The user `reader`, who may change nothing, no setting either, has none.
    ///   - settings: more of the server's configuration, as XML.
    package init(ports: Ports, password: String = "", settings: String = "") throws {
        self.ports = ports
        directory = FileManager.default.temporaryDirectory.appending(path: "clickhouse-\(UUID().uuidString)")
        for name in ["data", "tmp"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: name), withIntermediateDirectories: true)
        }
        let path = directory.path
        try """
        <yandex>
        <logger><level>warning</level><console>1</console></logger>
        <http_port>\(ports.http)</http_port><tcp_port>\(ports.tcp)</tcp_port>
        <interserver_http_port>\(ports.interserver)</interserver_http_port>
        <interserver_http_host>127.0.0.1</interserver_http_host>
        <listen_host>127.0.0.1</listen_host>
        <path>\(path)/data/</path><tmp_path>\(path)/tmp/</tmp_path>
        <users_config>users.xml</users_config>
        <default_profile>default</default_profile><default_database>default</default_database>
        <mark_cache_size>67108864</mark_cache_size>
        <timezone>UTC</timezone>
        \(settings)
        </yandex>
        """.write(to: directory.appending(path: "config.xml"), atomically: true, encoding: .utf8)
        try """
        <yandex><profiles><default/><reader><readonly>1</readonly></reader></profiles><quotas><default/></quotas><users><default>
        <password>\(password)</password><networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile><quota>default</quota>
        </default><reader>
        <password></password><networks><ip>127.0.0.1</ip></networks><profile>reader</profile><quota>default</quota>
        </reader></users></yandex>
        """.write(to: directory.appending(path: "users.xml"), atomically: true, encoding: .utf8)
    }

    package var url: String { "http://127.0.0.1:\(ports.http)" }

    /// Starts it, and waits until it answers.
    /// - Parameters:
    ///   - before: a line of shell that comes before the server in its process.
    ///   - isAlone: whether what that mounts is seen by the server alone.
    package func start(before: String = "", isAlone: Bool = false) async throws {
        guard let folder = Self.folder else { throw NeverHappened("ClickHouse is not there") }
        var environment = ProcessInfo.processInfo.environment
        environment["LD_LIBRARY_PATH"] =
            "\(folder)/clickhouse-common/usr/lib/x86_64-linux-gnu:\(folder)/clickhouse-common/usr/lib/aarch64-linux-gnu"
        let pipe = try Spawn.pipe()
        defer { close(pipe.read) }
        // The shell's stdin ends with this process, and with it the server.
        let shell = try Spawn.start(
            (isAlone ? ["/usr/bin/unshare", "--mount"] : []) + [
                "/bin/sh", "-c",
                """
                \(before)
                exec 3<&0
                "$0/clickhouse-server/usr/sbin/clickhouse-server" --config-file="$1/config.xml" >>"$1/log" 2>&1 </dev/null 3<&- &
                server=$!
                echo $server > "$1/pid"
                read line <&3
                kill -9 $server 2>/dev/null
                wait $server
                """, folder, directory.path,
            ], environment: environment.map { "\($0.key)=\($0.value)" }, streams: Spawn.Streams(input: pipe.read))
        process.withLock { $0 = (shell, pipe.write) }
        try await eventually("ClickHouse listens on port \(ports.http)") { canConnect(self.ports.http) }
    }

    /// As a machine that loses its power would, but for what the kernel has already got.
    package func kill() {
        guard
            let (shell, input) = process.withLock({ process in
                defer { process = nil }
                return process
            })
        else { return }
        close(input)
        _ = Spawn.reap(shell)
    }

    /// Ends it and removes its folder.
    package func end() {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    deinit { end() }
}
