import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOPosix
import Subprocess
import SystemPackage

extension ProbeTarget {
    func prober(timeout: Duration, http: HTTPExchange) -> any Prober {
        switch self {
        case .http(let url): HTTPProber(url: url, timeout: timeout, http: http)
        case .tcp(let host, let port): TCPProber(host: host, port: port, timeout: timeout)
        case .exec(let command): CommandProber(command: command, timeout: timeout)
        }
    }
}

/// Only 200 to 299 counts: servers answer their health path with anything else long before they are ready.
struct HTTPProber: Prober {
    let url: URL
    let timeout: Duration
    let http: HTTPExchange

    func ask() async -> ProbeAnswer {
        do {
            let answer = try await http.send(.GET, url, timeout: timeout)
            return ProbeAnswer(
                isReady: (200...299).contains(answer.status), summary: "GET \(url.path) answered \(answer.status)",
                body: answer.body)
        } catch {
            return ProbeAnswer(isReady: false, summary: "GET \(url.path): \(describe(error, timeout: timeout))")
        }
    }
}

struct TCPProber: Prober {
    let host: String
    let port: Int
    let timeout: Duration

    func ask() async -> ProbeAnswer {
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.microseconds(max(1, timeout.wholeMicroseconds)))
                .connect(host: host, port: port).get()
            try? await channel.close()
            return ProbeAnswer(isReady: true, summary: "port \(port) accepts connections")
        } catch {
            return ProbeAnswer(isReady: false, summary: "port \(port): \(describe(error, timeout: timeout))")
        }
    }
}

struct CommandProber: Prober {
    let command: String
    let timeout: Duration

    func ask() async -> ProbeAnswer {
        var options = PlatformOptions()
        options.processGroupID = 0
        let status: TerminationStatus? = await withTaskGroup { group in
            group.addTask { [options] in
                try? await run(
                    .path("/bin/sh"), arguments: ["-c", command], platformOptions: options, output: .discarded
                ).terminationStatus
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return switch status {
        case .exited(0): ProbeAnswer(isReady: true, summary: "the probe command succeeded")
        case .exited(let code): ProbeAnswer(isReady: false, summary: "the probe command exited with \(code)")
        case .signaled(let signal):
            ProbeAnswer(isReady: false, summary: "the probe command was ended by signal \(signal)")
        case nil: ProbeAnswer(isReady: false, summary: "the probe command did not end within \(timeout)")
        }
    }
}
