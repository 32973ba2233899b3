import Foundation
import LifecycleEngine
import LifecycleJournal
import Logging
import Metrics
import ModelLifecycle
import ModelLifecycleTesting
import StatusServer
import Synchronization
import TestSupport

/// A journal, an engine that writes it, and servers over it.
final class Place: Sendable {
    let directory: URL
    let provider = ScriptedProvider()
    let registry = ASRProviderRegistry()
    private let opened = Mutex<(engine: EngineJournal, preloader: ModelPreloader)?>(nil)
    private let servers = Mutex<[StatusServer]>([])

    init() throws {
        directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "status-server-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        registry.register(ProviderInformation(name: provider.name, summary: "for tests")) { [provider] _ in provider }
    }

    var journal: String { directory.appending(path: "journal.sqlite").path }

    var preloader: ModelPreloader {
        get throws {
            guard let opened = opened.withLock({ $0 }) else { throw NotOpen() }
            return opened.preloader
        }
    }

    private struct NotOpen: Error {}

    func openEngine(model: String = "en-us", metrics: (any MetricsFactory)? = nil) async throws {
        let engine = try EngineJournal(path: journal)
        let preloader = try await ModelPreloader(
            configuration: RunConfiguration(model: model, provider: provider.name), registry: registry,
            journal: engine, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metrics: metrics)
        opened.withLock { $0 = (engine, preloader) }
    }

    func closeEngine() async throws {
        guard
            let opened = opened.withLock({ opened in
                defer { opened = nil }
                return opened
            })
        else { return }
        await opened.preloader.close()
        try opened.engine.close()
    }

    /// Starts and unloads the model: five transitions each time.
    func cycle(_ times: Int = 1) async throws {
        let preloader = try preloader
        for _ in 0..<times {
            _ = await preloader.initialize()
            _ = await preloader.unload()
        }
    }

    func serve(
        port: Int = 0, source: (any StatusSource)? = nil, allowedHosts: [String] = [],
        limits: ConnectionLimits = ConnectionLimits()
    ) async throws -> StatusServer {
        let server = try await StatusServer.bind(
            ListenAddress(host: "127.0.0.1", port: port), allowedHosts: allowedHosts, limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        servers.withLock { $0.append(server) }
        try server.open(journal: journal, source: source, version: "1.2.3")
        return server
    }

    func end() async {
        for server in servers.withLock({ $0 }) { await server.stop() }
        try? await closeEngine()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Runs a test in a place of its own.
func withPlace(_ body: (Place) async throws -> Void) async throws {
    let place = try Place()
    do { try await body(place) } catch {
        await place.end()
        throw error
    }
    await place.end()
}

/// States that a test says.
final class SaidStates: StatusSource {
    private let said: Mutex<[ModelView]>

    init(_ models: [ModelView]) { said = Mutex(models) }

    var models: [ModelView] { said.withLock { $0 } }

    func say(_ models: [ModelView]) { said.withLock { $0 = models } }
}
