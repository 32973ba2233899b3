import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Which answer each request gets.
final class ModelServer: Sendable {
    private let options: Options
    private let dialect: Dialect
    private let misdeeds: Misdeeds
    private let boundAt = ContinuousClock.now
    private let counts = Mutex(Counts())

    private struct Counts {
        var health = 0
        var healthy = 0
        var inferences = 0
        /// What /__control said last.
        var isForcedUnhealthy = false
    }

    init(_ options: Options) {
        self.options = options
        dialect = options.dialect
        misdeeds = Misdeeds(options: options)
    }

    func answer(_ request: Request) -> Answer {
        if request.path.hasPrefix("/__control/") { return control(request) }
        if dialect.wire == .webSocket { return handshake(request) }
        if dialect.load == .silent { waitForLoad() }
        let inferencePaths = options.inferencePath.map { [$0] } ?? dialect.inferencePaths
        if let name = match(request, inferencePaths) { return fill(infer(request, name), request, name) }
        let healthPaths = options.healthPath.map { [$0] } ?? dialect.healthPaths
        if let name = match(request, healthPaths) { return fill(health(name), request, name) }
        return dialect.always[request.path] ?? .text(404, "File Not Found (\(request.path))")
    }

    /// Requests wait until the model is loaded, however long.
    private func waitForLoad() {
        while !isPast(max(options.loadFor, options.unreadyFor)) { sleep(milliseconds: 5) }
    }

    /// The answer to a WebSocket handshake, and to what is none.
    private func handshake(_ request: Request) -> Answer {
        guard request.header("upgrade")?.lowercased() == "websocket", let key = request.header("sec-websocket-key")
        else { return Answer(status: 426, contentType: nil, body: "", fields: ["Upgrade: websocket"]) }
        guard isReady(countingRequest: true) else { return dialect.unready }
        return Answer(
            status: 101, contentType: nil, body: "",
            fields: ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: \(webSocketAccept(key))"],
            delivery: .upgraded)
    }

    /// The answer to an event of the Wyoming protocol, which is a line and the data that it announces; nil ends the
    /// connection.
    func event(_ line: String) -> String? {
        guard line.firstRange(of: #""describe""#) != nil, isReady(countingRequest: true) else { return nil }
        let info = dialect.ready.body
        return #"{"type":"info","version":"0.0.0","data_length":\#(info.utf8.count)}"# + "\n" + info
    }

    private func match(_ request: Request, _ patterns: [String]) -> String? {
        for pattern in patterns {
            if let name = modelName(in: request.path, pattern: pattern) { return name }
        }
        return nil
    }

    private func fill(_ answer: Answer, _ request: Request, _ name: String) -> Answer {
        var filled = answer
        let model = [name, request.modelInBody ?? "", options.model ?? ""].first { !$0.isEmpty } ?? "model"
        filled.body = answer.body.replacing("{model}", with: model).replacing("{path}", with: request.path)
        return filled
    }

    // MARK: Health

    private func health(_ name: String) -> Answer {
        sleep(milliseconds: options.healthTakes)
        if isUnknown(name) { return dialect.unknownModel }
        guard isReady(countingRequest: true) else { return unready }
        let (isHealthy, isFirst) = counts.withLock { counts in
            let isHealthy =
                !counts.isForcedUnhealthy && counts.healthy < options.unhealthyAfterRequests ?? Int.max
            if isHealthy { counts.healthy += 1 }
            return (isHealthy, isHealthy && counts.healthy == 1)
        }
        if isFirst, let time = options.crashAfterReady {
            startThread { [misdeeds] in
                sleep(milliseconds: time)
                misdeeds.crash()
            }
        }
        return isHealthy ? dialect.ready : .json(500, #"{"status":"unhealthy"}"#)
    }

    private var unready: Answer {
        var answer = dialect.unready
        if let status = options.unreadyStatus { answer.status = status }
        if let body = options.unreadyBody { answer.body = body }
        answer.fields += options.unreadyFields
        return answer
    }

    private func isReady(countingRequest: Bool) -> Bool {
        let refusals = counts.withLock { counts in
            if countingRequest { counts.health += 1 }
            return countingRequest ? counts.health - 1 : counts.health
        }
        if options.isReadyTooEarly { return true }
        let loading = dialect.load == .visible ? options.loadFor : 0
        let hasTimePassed = isPast(options.unreadyFor) && isPast(loading)
        return hasTimePassed && refusals >= options.readyAfterRequests
    }

    private func isPast(_ milliseconds: Int) -> Bool {
        milliseconds == 0 || boundAt.duration(to: .now) >= .milliseconds(milliseconds)
    }

    private func isUnknown(_ name: String) -> Bool {
        guard let model = options.model, !name.isEmpty else { return false }
        return name != model
    }

    // MARK: Inference

    private func infer(_ request: Request, _ name: String) -> Answer {
        let isFirst = counts.withLock { counts in
            counts.inferences += 1
            return counts.inferences == 1
        }
        if let path = options.echoPath { Echo(path: path, variables: options.echoedVariables).record(request) }
        misdeeds.commit(at: .onWarmup)
        guard request.method == "POST" else { return .empty(405) }
        guard isReady(countingRequest: false), isPast(options.warmAfter) else { return dialect.busy }
        let named = dialect.hasModelInBody ? request.modelInBody ?? "" : name
        if isUnknown(named) { return dialect.unknownModel }
        if let needs = dialect.needs, !String(decoding: request.body, as: UTF8.self).contains(needs.text) {
            return needs.otherwise
        }
        if isFirst && dialect.load == .firstInference { sleep(milliseconds: options.loadFor) }
        return scripted(dialect.result)
    }

    private func scripted(_ result: Answer) -> Answer {
        var answer = result
        if let status = options.warmupStatus { answer.status = status }
        if let body = options.warmupBody { answer.body = body }
        answer.fields += options.warmupFields
        if let pause = options.drip { answer.delivery = .drip(pause) }
        if options.isTruncated { answer.delivery = .truncated }
        if options.isEndless { answer.delivery = .endless }
        if options.isGarbage { answer.delivery = .garbage }
        if options.hangsInWarmup { answer.delivery = .never }
        return answer
    }

    // MARK: Control

    /// What a test wants to happen at a moment of its own choice.
    private func control(_ request: Request) -> Answer {
        switch request.path {
        case "/__control/crash": misdeeds.crash()
        case "/__control/exit": exit(options.exitCode ?? 1)
        case "/__control/unhealthy": counts.withLock { $0.isForcedUnhealthy = true }
        case "/__control/healthy": counts.withLock { $0.isForcedUnhealthy = false }
        default: return .empty(404)
        }
        return .empty(200)
    }
}
