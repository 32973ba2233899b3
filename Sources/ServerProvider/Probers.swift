import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOPosix
import Subprocess
import SystemPackage

extension ServerConfiguration {
    /// Nil where a running server is taken for a ready one.
    func prober(http: HTTPExchange) -> (any Prober)? {
        let timeout = probeTimeout
        switch probe {
        case nil: return nil
        case .http(let url): return HTTPProber(url: url, condition: readiness, timeout: timeout, http: http)
        case .tcp(let host, let port): return TCPProber(host: host, port: port, timeout: timeout)
        case .exec(let command):
            return CommandProber(command: command, timeout: timeout, workingDirectory: workingDirectory)
        }
    }
}

/// Only 200 to 299 counts: servers answer their health path with anything else long before they are ready.
struct HTTPProber: Prober {
    let url: URL
    let condition: ReadinessCondition?
    let timeout: Duration
    let http: HTTPExchange

    func ask() async -> ProbeAnswer {
        do {
            // JSON that is cut short cannot be read; a server with many models has much to say.
            let answer = try await http.send(.GET, url, timeout: timeout, keep: condition == nil ? 4096 : 1 << 18)
            let isGood = (200...299).contains(answer.status)
            let complaint = isGood ? condition?.complaint(about: answer.body) : nil
            return ProbeAnswer(
                isReady: isGood && complaint == nil,
                summary: "GET \(path) answered \(answer.status)" + (complaint.map { ", but \($0)" } ?? ""),
                body: answer.body)
        } catch {
            return ProbeAnswer(isReady: false, summary: "GET \(path): \(describe(error, timeout: timeout))")
        }
    }

    /// What is asked for where the URL ends with its host.
    private var path: String { url.path.isEmpty ? "/" : url.path }
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
    /// The server's; nil for the engine's own.
    var workingDirectory: String?

    func ask() async -> ProbeAnswer {
        var options = PlatformOptions()
        options.processGroupID = 0
        // What the shell has started ends with it, or each probe that takes too long would leave something behind.
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let late = ProbeAnswer(isReady: false, summary: "the probe command did not end within \(timeout.brief)")
        return await withTaskGroup(of: ProbeAnswer.self) { group in
            group.addTask { [options] in await answer(options) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return late
            }
            defer { group.cancelAll() }
            return await group.next() ?? late
        }
    }

    private func answer(_ options: PlatformOptions) async -> ProbeAnswer {
        do {
            let result = try await run(
                .path("/bin/sh"), arguments: ["-c", command], workingDirectory: workingDirectory.map { FilePath($0) },
                platformOptions: options, output: .discarded)
            return switch result.terminationStatus {
            case .exited(0): ProbeAnswer(isReady: true, summary: "the probe command succeeded")
            case .exited(let code): ProbeAnswer(isReady: false, summary: "the probe command exited with \(code)")
            case .signaled(let signal):
                ProbeAnswer(isReady: false, summary: "the probe command was ended by signal \(signal)")
            }
        } catch {
            let reason = describe(error, timeout: timeout).split(whereSeparator: \.isNewline).joined(separator: " ")
            return ProbeAnswer(isReady: false, summary: "the probe command could not be run: \(reason)")
        }
    }
}
