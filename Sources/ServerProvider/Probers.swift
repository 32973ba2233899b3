import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOPosix
import Subprocess
import SystemPackage

extension ServerConfiguration {
    /// Nil where a running server is taken for a ready one.
    /// - Parameter target: where it is asked; nil for where the configuration says.
    func prober(http: HTTPExchange, at target: ProbeTarget? = nil) -> (any Prober)? {
        let timeout = probeTimeout
        switch target ?? probe {
        case nil, .notify: return nil
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
    private let look: WireLook

    init(url: URL, condition: ReadinessCondition?, timeout: Duration, http: HTTPExchange) {
        self.url = url
        self.condition = condition
        self.timeout = timeout
        self.http = http
        look = WireLook(url)
    }

    var question: String { "GET \(url.shown)" }

    func ask() async -> ProbeAnswer {
        var status: Int?
        do {
            // JSON that is cut short cannot be read; a server with many models has much to say.
            let answer = try await http.send(
                .GET, url, timeout: timeout, keep: condition == nil ? 4096 : 1 << 18, onStatus: { status = $0 })
            let isGood = (200...299).contains(answer.status)
            let complaint = isGood ? condition?.complaint(about: answer.body) : nil
            let meaning = AnswerWords(answer, to: url)
            return ProbeAnswer(
                isReady: isGood && complaint == nil,
                summary: "\(question) answered \(answer.status)" + meaning.words
                    + (complaint.map { ", but \($0)" } ?? ""),
                detail: isGood ? nil : meaning.detail, status: answer.status, location: meaning.location,
                body: answer.body)
        } catch {
            let failure = ExchangeFailure(error)
            let words = failure.words(timeout: timeout)
            if let status {
                let limit = failure == .late ? "not with all of its body within \(timeout.brief)" : words
                return ProbeAnswer(
                    isReady: false, summary: "\(question) answered \(status), but \(limit)", status: status,
                    isLate: failure == .late)
            }
            let more = await look.words(for: failure)
            let isLate = failure == .late
            return ProbeAnswer(
                isReady: false,
                summary: "\(question): " + (isLate ? words + (more.map { "; \($0)" } ?? "") : more ?? words),
                isLate: isLate)
        }
    }
}

struct TCPProber: Prober {
    let host: String
    let port: Int
    let timeout: Duration

    var question: String { "\(ProbeTarget.tcp(host: host, port: port))" }

    func ask() async -> ProbeAnswer {
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.microseconds(max(1, timeout.wholeMicroseconds)))
                .connect(host: host, port: port).get()
            try? await channel.close()
            return ProbeAnswer(isReady: true, summary: "\(question) accepts connections")
        } catch {
            return ProbeAnswer(isReady: false, summary: "\(question): \(describe(error, timeout: timeout))")
        }
    }
}

struct CommandProber: Prober {
    let command: String
    let timeout: Duration
    /// The server's; nil for the engine's own.
    var workingDirectory: String?

    var question: String { "the probe command" }

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
