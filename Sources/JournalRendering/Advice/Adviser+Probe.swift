import Foundation
import LifecycleJournal
import ModelLifecycle

/// Advice from how the server answered its probe. The same refusal each time is no slowness.
extension Adviser {
    /// The address that was probed, without secrets.
    private var target: String? { evidence.probeTarget ?? recorded?.server?.probe }

    /// The HTTP status of the last answer. Older journals have it in words alone.
    private var status: Int? {
        evidence.probeStatus ?? evidence.lastProbe?.firstMatch(of: /answered (\d{3})\b/).flatMap { Int($0.1) }
    }

    /// The server answers, but will never answer this probe well.
    var refusal: NextStep? {
        guard let target, !target.hasPrefix("exec:") else { return brokenCommand }
        if let answer = evidence.lastProbe, let step = certificate(answer, target) ?? language(answer, target) {
            return step
        }
        guard let status else { return nil }
        let answers = "the server answers \(status) at \(shown(target))"
        switch status {
        case 401, 403:
            if let server = recorded?.server, server.probesWithKey, let line = server.probeCommand {
                return NextStep("\(answers): is the key right? send the same", recorded?.here(line, invocation))
            }
            return NextStep(
                "\(answers): it wants a key; export it as API_KEY and probe with it, or probe a path that needs none",
                recorded?.command(adding: #"--probe-header "Authorization: Bearer $API_KEY""#, invocation))
        case 404: return ask(target, "\(answers): is the path right?")
        case 405: return ask(target, "\(answers): it takes no GET there; probe a path that does")
        case 426:
            return again(("--probe", webSocket(target))).map {
                NextStep("\(answers), as it speaks WebSocket there: probe with a WebSocket handshake", $0)
            }
        case 300..<400: return redirected(target, answers)
        // Not ready yet, as far as it says.
        case 503, 100..<300: return complaintOfReadiness(target)
        default: return ask(target, "\(answers): read what it says")
        }
    }

    /// The port belongs to another process.
    var takenPort: NextStep? {
        guard let holder = evidence.portHolder else { return nil }
        let port = target.flatMap { ProbeAddress($0)?.port }
        let place = port.map { "port \($0)" } ?? "the port"
        return NextStep(
            "\(place) is held by \(holder.program) (pid \(holder.pid)): stop it, or give the server another port",
            port.map(Self.listeners))
    }

    /// The warm-up request was refused, and would be again.
    var refusedWarmup: NextStep? {
        guard let recorded, let server = recorded.server, let line = server.warmup, let status, status != 503
        else { return nil }
        let answers = "the server answers \(status) to the warm-up request"
        if status == 401 || status == 403, !server.sendsKey {
            return NextStep(
                "\(answers): it wants a key; put it into $API_KEY",
                recorded.command(
                    adding: #"--warmup-header "Authorization: Bearer $API_KEY""#, invocation))
        }
        switch status {
        case 300..<400:
            let place = evidence.probeLocation.map { ", which leads to \($0)" } ?? ""
            return NextStep("\(answers)\(place): warm up there", again(("--warmup-url", evidence.probeLocation)))
        case 404: return NextStep("\(answers): is its path right? send the same", recorded.here(line, invocation))
        case 400..<500:
            return NextStep("\(answers): does it fit the server? send the same", recorded.here(line, invocation))
        default: return nil
        }
    }

    /// Who listens on a port, as a command.
    static func listeners(_ port: Int) -> String {
        #if os(Linux)
            "ss -ltnp 'sport = :\(port)'"
        #else
            "lsof -nP -iTCP:\(port) -sTCP:LISTEN"
        #endif
    }

    static var allListeners: String {
        #if os(Linux)
            "ss -ltnp"
        #else
            "lsof -nP -iTCP -sTCP:LISTEN"
        #endif
    }

    /// The probe is refused while the server listens elsewhere.
    var otherAddress: NextStep? {
        guard status == nil, let target, let probed = ProbeAddress(target),
            let listening = evidence.listeningAddresses, !listening.isEmpty
        else { return nil }
        let addresses = listening.map { ListeningAddress($0) }
        guard !addresses.contains(where: { $0.accepts(probed) }) else { return nil }
        let names = listening.prefix(3).joined(separator: ", ") + (listening.count > 3 ? " and others" : "")
        // Ports that the system chose are seldom those for requests.
        let chosen = addresses.first { $0.port.map { $0 < 32768 } ?? false } ?? addresses.first { $0.port != nil }
        return NextStep(
            "the server listens on \(names), not on \(probed.name): probe where it listens, or give it that port",
            chosen.flatMap { again(("--probe", $0.probe(like: probed))) })
    }

    // MARK: - Parts

    private func shown(_ target: String) -> String { String(target.prefix(200)) }

    private func ask(_ target: String, _ advice: String) -> NextStep {
        var line = ShellLine()
        line.append(RecordedServer.curl(target))
        return NextStep(advice, line)
    }

    private func webSocket(_ target: String) -> String {
        target.hasPrefix("http") ? "ws" + target.dropFirst("http".count) : target
    }

    private func connecting(_ target: String) -> String {
        ProbeAddress(target).map { "tcp://\($0.authority)" } ?? target
    }

    private func redirected(_ target: String, _ answers: String) -> NextStep {
        guard let location = evidence.probeLocation, let base = URL(string: target),
            let goal = URL(string: location, relativeTo: base)?.absoluteString, goal.hasPrefix("http")
        else { return ask(target, "\(answers): probe where it leads") }
        return NextStep("\(answers), which leads to \(goal): probe that", again(("--probe", goal)))
    }

    /// The answer was good but for what it says about the model.
    private func complaintOfReadiness(_ target: String) -> NextStep? {
        guard let answer = evidence.lastProbe, answer.contains(/FAILED|UNHEALTHY|DEFUNCT/) else { return nil }
        return ask(target, "the server says that the model failed (\(answer)): ask it why")
    }

    private var brokenCommand: NextStep? {
        guard let answer = evidence.lastProbe, answer.contains(/exited with 12[67]\b/),
            let line = recorded?.server?.probeCommand
        else { return nil }
        return NextStep("the probe's command cannot be run: run it by hand", recorded?.here(line, invocation))
    }

    // MARK: - TLS and other languages than HTTP

    private func certificate(_ answer: String, _ target: String) -> NextStep? {
        guard answer.contains("certificate") else { return nil }
        if answer.contains("client certificate") {
            return NextStep(
                "the server wants a certificate of its clients: probe with one",
                again(("--probe", "exec:curl -fsS --cert client.pem " + ShellWords.quoted(target))))
        }
        if answer.contains("not valid for") {
            return ask(target, "the server's certificate is for another name: probe it by a name that it has")
        }
        if answer.contains("expired") || answer.contains("not valid before") {
            return ask(target, "the server's certificate is not valid now: renew it, or see whether the clock is right")
        }
        return NextStep(
            "this machine does not trust the server's certificate: name the file of the authority that signed it, or of "
                + "the certificate itself, in SSL_CERT_FILE",
            recorded?.command(after: "SSL_CERT_FILE=ca.pem", invocation))
    }

    private func language(_ answer: String, _ target: String) -> NextStep? {
        if answer.contains("does not speak TLS"), target.hasPrefix("https:") {
            return NextStep(
                "the server does not speak TLS there: probe with http", again(("--probe", "http" + target.dropFirst(5)))
            )
        }
        if answer.contains("speaks TLS"), target.hasPrefix("http:") {
            return NextStep(
                "the server speaks TLS there: probe with https", again(("--probe", "https" + target.dropFirst(4))))
        }
        if answer.contains("not HTTP"), target.hasPrefix("http") {
            return NextStep(
                "the server speaks no HTTP there: probe its port for HTTP or, if it has none, only that it accepts "
                    + "connections", again(("--probe", connecting(target))))
        }
        return nil
    }
}
