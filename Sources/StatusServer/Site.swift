import HTTPTypes
import HummingbirdCore
import JournalRendering
import JournalReports
import LifecycleJournal
import Logging
import ModelLifecycle
import NIOCore

/// What lies under which path.
final class Site: Sendable {
    let source: any StatusSource
    /// Whether the models are those of this process, and not of the journal.
    let isLive: Bool
    let follower: JournalFollower
    let feed: EventFeed
    let reports: ServedReports
    let connections: OpenConnections
    let limits: ConnectionLimits
    let version: String
    /// How this program was called, for the commands that pages show.
    let invocation: Invocation
    private let logger: Logger
    let probes: Probes

    init(
        source: any StatusSource, isLive: Bool, follower: JournalFollower, feed: EventFeed, reports: ServedReports,
        connections: OpenConnections, limits: ConnectionLimits, version: String, invocation: Invocation,
        logger: Logger
    ) {
        self.source = source
        self.isLive = isLive
        self.follower = follower
        self.feed = feed
        self.reports = reports
        self.connections = connections
        self.limits = limits
        self.version = version
        self.invocation = invocation
        self.logger = logger
        probes = Probes(source: source)
    }

    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let target = request.head.path ?? "/"
        let path = target.prefix { $0 != "?" }
        if path == "/events" { return try await events(request, writer, channel) }
        let reply: Reply
        do {
            reply = try await self.reply(String(path), request)
        } catch is ServedReports.Overloaded {
            reply = .unavailable("too many questions at once")
        } catch let error as JournalError {
            reply = Self.refused(error)
        }
        try await Reply.write(forReader(reply, request), request, writer)
    }

    /// A person with a browser gets a page, whatever is wrong.
    private func forReader(_ reply: Reply, _ request: Request) -> Reply {
        guard let words = reply.refusal, request.head.headerFields[.accept]?.contains("text/html") == true else {
            return reply
        }
        var page = Reply.html(reply.status, RefusalPage(status: reply.status, words: words, version: version).html)
        page.extra = reply.extra
        return page
    }

    private static func refused(_ error: JournalError) -> Reply {
        switch error.code {
        case .invalidRequest: .refused(.notFound, error.message)
        case .busy: .unavailable(error.message)
        // Where the file lies is nobody's business out there.
        default: .refused(.internalServerError, "the journal cannot be read: \(error.message)")
        }
    }

    private func reply(_ path: String, _ request: Request) async throws -> Reply {
        if let question = Probes.Question(rawValue: path) { return probes.reply(question, model: wantedModel(request)) }
        return switch path {
        case "/model-status": try await modelStatus(request)
        case "/metrics": try await metrics()
        case "/": try await overview(request)
        case "/run": try await run(request)
        case "/postmortem": try await postmortem(request)
        case "/page.css": Reply(.ok, "text/css; charset=utf-8", Assets.styleSheet)
        case "/icon.svg": Reply(.ok, "image/svg+xml", Assets.icon)
        case "/page.js": Reply(.ok, "text/javascript; charset=utf-8", Assets.script)
        default:
            .refused(
                .notFound,
                "nothing lies there; there are the pages /, /run and /postmortem, and /health, /livez, /readyz, /startupz, "
                    + "/model-status, /metrics and /events")
        }
    }

    /// With `?model=NAME`, one model's.
    private func wantedModel(_ request: Request) -> String? {
        guard request.head.path?.contains("?") == true else { return nil }
        return request.uri.queryParameters["model"].map(String.init)
    }

    /// With `?run=RUN` or `?id=RUN`, an ID or a unique beginning of one.
    private func wantedRun(_ request: Request) -> String? {
        let parameters = request.uri.queryParameters
        let id = (parameters["run"] ?? parameters["id"]).map(String.init) ?? ""
        return id.isEmpty ? nil : id
    }

    // MARK: - From the journal

    private var ownModels: [String] { isLive ? source.models.map(\.model) : [] }

    /// - Note: models that no run has begun for are not in the journal yet.
    private func filter(_ reader: JournalReader, _ models: [String]) throws -> ReportFilter? {
        var filter = ReportFilter()
        guard !models.isEmpty else { return isLive ? nil : filter }
        let known = Set(try reader.models())
        filter.models = models.filter(known.contains)
        return filter.models.isEmpty ? nil : filter
    }

    private func modelStatus(_ request: Request) async throws -> Reply {
        let wanted = wantedModel(request)
        let models = source.models
        let views = models.filter { wanted == nil || $0.model == wanted }
        if let wanted, views.isEmpty, !models.isEmpty { return Probes.unknown(wanted, models) }
        let names = views.map(\.model)
        let statistics = try await reports.kept("statistics \(names)", seconds: 60) { reader in
            try self.filter(reader, names).map { try reader.statistics($0) } ?? []
        }
        let members = views.map { view -> [(String, OutputValue)] in
            let own = statistics.first { $0.model == view.model && $0.provider == view.provider }
            return [("health", view.health), ("stats", own?.value ?? .null)]
        }
        let none: [(String, OutputValue)] = [("health", .null), ("stats", .null)]
        return .json(
            .ok, .object((members.first ?? none) + [("models", .array(members.map { .object($0) }))]))
    }

    private func metrics() async throws -> Reply {
        let models = source.models
        let own = ownModels
        let ofJournal = try await reports.kept("metrics \(own)", seconds: 60) { reader in
            let filter = try self.filter(reader, own)
            return try MetricsText.ofJournal(
                filter.map { try reader.statistics($0) } ?? [], filter.map { try reader.durations($0) } ?? [],
                lastSeq: reader.lastSeq())
        }
        let now = MetricsText.ofModels(
            models, eventClients: feed.clients, connections: connections.count, version: version)
        return Reply(.ok, "text/plain; version=0.0.4; charset=utf-8", ByteBuffer(string: ofJournal + now))
    }

    // MARK: - Pages

    private func overview(_ request: Request) async throws -> Reply {
        let model = wantedModel(request)
        let isDegraded = source.models.contains(where: \.isJournalDegraded)
        let position = feed.end
        let version = version
        let invocation = invocation
        let own = isLive ? ownModels : nil
        let html = try await reports.kept("overview \(isDegraded) \(own ?? []) \(model ?? "")", seconds: 1) { reader in
            let contents = try OverviewContents(reader, model: model, own: own)
            return OverviewPage(
                contents: contents, isDegraded: isDegraded, position: position, version: version, utc: false,
                invocation: invocation
            ).html
        }
        return .html(.ok, html)
    }

    private func run(_ request: Request) async throws -> Reply {
        guard let id = wantedRun(request) else {
            return .refused(.notFound, "which run? /run?id=RUN")
        }
        let version = version
        let position = feed.end
        let html = try await reports.kept("run \(id)", seconds: 1) { reader in
            RunPage(story: try reader.story(.prefix(id)), position: position, version: version, utc: false).html
        }
        return .html(.ok, html)
    }

    private func postmortem(_ request: Request) async throws -> Reply {
        let id = wantedRun(request)
        let version = version
        let invocation = invocation
        let html = try await reports.kept("postmortem \(id ?? "")", seconds: 60) { reader -> String? in
            guard let postmortem = try reader.postmortem(id.map { .prefix($0) }) else { return nil }
            let page = PostmortemPage(
                postmortem: postmortem, utc: false, version: version, invocation: invocation)
            return SitePage(title: page.title, version: version, body: page.contents).html
        }
        guard let html else { return .refused(.notFound, "no run has failed") }
        return .html(.ok, html)
    }

    // MARK: - Events

    private func events(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let head = HTTPResponse(status: .ok, headerFields: Reply.fields("text/event-stream"))
        guard request.method == .get else {
            return try await Reply.write(Reply(.ok, "text/event-stream", ByteBuffer()), request, writer)
        }
        guard let client = feed.join(most: limits.eventStreams) else {
            return try await Reply.write(.unavailable("too many clients listen already"), request, writer)
        }
        let name = HTTPField.Name("Last-Event-ID")
        let lastEventID =
            name.flatMap { request.head.headerFields[$0] } ?? request.uri.queryParameters["after"].map(String.init)
        try await EventStream(feed: feed, reports: reports).run(
            client: client, lastEventID: lastEventID, head: head, writer, channel)
    }
}
