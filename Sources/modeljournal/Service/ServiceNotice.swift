import JournalRendering
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle

/// Keeps the service manager informed: "started" means that every model serves, and a load that goes on is no start that
/// hangs.
struct ServiceNotice: Sendable {
    /// How much longer a start may take from each time on that it is seen to go on.
    private static let longer = Duration.seconds(15)
    private static let pause = Duration.milliseconds(200)

    let manager: ServiceManager
    let groups: [FallbackPreloader]

    /// Runs until its task is cancelled.
    func run() async {
        var said = ""
        var isStarted = false
        var extended: ContinuousClock.Instant?
        var fed: ContinuousClock.Instant?
        while !Task.isCancelled {
            let now = ContinuousClock.now
            var lines: [String] = []
            if !isStarted, groups.allSatisfy({ $0.serving != nil }) {
                isStarted = true
                lines.append("READY=1")
            }
            let status = status
            if status != said {
                said = status
                lines.append("STATUS=\(status)")
            }
            if !isStarted, isUnderWay, extended.map({ now - $0 >= Self.longer / 3 }) ?? true {
                extended = now
                lines.append("EXTEND_TIMEOUT_USEC=\(Self.longer.wholeMicroseconds)")
            }
            if let watchdog = manager.watchdog, fed.map({ now - $0 >= watchdog / 3 }) ?? true {
                // An engine that handles nothing any more is not alive, whatever its process does.
                for preloader in groups.flatMap(\.preloaders) { await preloader.handledSoFar() }
                fed = now
                lines.append("WATCHDOG=1")
            }
            if !lines.isEmpty { manager.tell(lines) }
            guard (try? await Task.sleep(for: min(Self.pause, (manager.watchdog ?? .seconds(1)) / 4))) != nil else {
                return
            }
        }
    }

    /// The unload has begun.
    func stopping() { manager.tell(["STOPPING=1", "STATUS=unloading"]) }

    private var isUnderWay: Bool {
        groups.flatMap(\.preloaders).contains { preloader in
            preloader.state == .loading || preloader.state == .warmingUp || preloader.health.nextRetryAt != nil
        }
    }

    /// One line, without what might be secret.
    private var status: String {
        groups.compactMap { group in
            (group.serving ?? group.preloaders.last).map { preloader in
                let health = preloader.health
                let why = health.ready ? "" : health.lastError.map { " (\($0.reason.rawValue))" } ?? ""
                return "\(Escaping.visible(preloader.configuration.model)): \(health.state.rawValue)\(why)"
            }
        }.joined(separator: ", ")
    }
}
