import Foundation
import Hummingbird
import LifecycleEngine
import LifecycleJournal
import Logging
import ModelLifecycle
import ToneTable

/// Hears telephone keys in what is posted to it.
@main
enum ToneServer {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 3, let port = Int(arguments[2]) else {
            FileHandle.standardError.write(Data("usage: tone-server JOURNAL TABLE PORT\n".utf8))
            exit(64)
        }
        do {
            try await serve(journal: arguments[0], table: arguments[1], port: port)
        } catch {
            FileHandle.standardError.write(Data("tone-server: \(error)\n".utf8))
            exit(1)
        }
    }

    static func serve(journal: String, table: String, port: Int) async throws {
        let logger = Logger(label: "tone-server")
        let registry = ASRProviderRegistry()
        registry.registerToneTable()
        let model = try await ModelService(
            RunConfiguration(model: "telephone", provider: "tone-table", modelPath: table),
            registry: registry, journal: journal, logger: logger)

        // Services end in the reverse order: the server takes no more requests when the model is unloaded.
        let server = Application(
            router: routes(model.preloader),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            services: [model], logger: logger)
        try await server.runService()
    }

    /// What a load balancer asks, and what clients do.
    static func routes(_ preloader: ModelPreloader) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("health") { _, _ in
            let health = preloader.health
            return EditedResponse(status: health.ready ? .ok : .serviceUnavailable, response: HealthAnswer(health))
        }
        router.post("keys") { request, _ -> EditedResponse<String> in
            // Ten minutes of audio at most.
            let body = try await request.body.collect(upTo: 10 * 60 * 32_000)
            do {
                let heard = try await preloader.transcribe(AudioSamples(raw: body.readableBytesView))
                return EditedResponse(status: .ok, response: heard.text + "\n")
            } catch let error as ModelNotReady {
                return EditedResponse(
                    status: .serviceUnavailable, headers: [.retryAfter: "1"], response: "\(error)\n")
            }
        }
        return router
    }
}

/// The body of /health.
struct HealthAnswer: ResponseCodable {
    var state: String
    var ready: Bool
    /// Why it is not ready; left out while nothing has failed.
    var lastError: String?
    /// Milliseconds; left out until the model has loaded.
    var loadMs: Double?
    var attempt: Int?
    var correlationID: String?

    enum CodingKeys: String, CodingKey {
        case state, ready, attempt
        case lastError = "last_error"
        case loadMs = "load_ms"
        case correlationID = "correlation_id"
    }

    init(_ health: ModelHealth) {
        state = health.state.rawValue
        ready = health.ready
        lastError = health.lastError?.description
        loadMs = health.loadTime.map { $0 / .milliseconds(1) }
        attempt = health.run?.attempt
        correlationID = health.run?.correlationID.rawValue
    }
}
