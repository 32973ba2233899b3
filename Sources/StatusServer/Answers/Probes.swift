import HTTPTypes
import JournalRendering
import NIOCore
import Synchronization

/// The answers to health checks. The same models get the same answer, so that it is made once for all who ask.
final class Probes: Sendable {
    /// What a health check asks for.
    enum Question: String, CaseIterable {
        case health = "/health"
        case readiness = "/readyz"
        case start = "/startupz"
        case life = "/livez"
    }

    private struct State {
        var models: [ModelView]?
        var replies: [Question: Reply] = [:]
        /// The second for which the written ones hold, as they tell the time.
        var date = ""
        var written: [Written: ByteBuffer] = [:]
    }

    private struct Written: Hashable {
        var question: Question
        var isHead: Bool
    }

    private let source: any StatusSource
    private let state = Mutex(State())

    init(source: any StatusSource) { self.source = source }

    /// - Parameter model: the one that is asked for; nil for all together.
    func reply(_ question: Question, model: String? = nil) -> Reply {
        let models = source.models
        guard let model else { return state.withLock { reply(question, models, &$0) } }
        let wanted = models.filter { $0.model == model }
        // Before the first model is known none can be told from a wrong one.
        if wanted.isEmpty, !models.isEmpty { return Self.unknown(model, models) }
        return Self.reply(question, wanted)
    }

    /// The same as `reply`, as it goes over the wire.
    func written(_ question: Question, isHead: Bool) -> ByteBuffer {
        let models = source.models
        let date = Reply.now
        return state.withLock { state in
            let reply = reply(question, models, &state)
            if state.date != date { (state.date, state.written) = (date, [:]) }
            let key = Written(question: question, isHead: isHead)
            if let known = state.written[key] { return known }
            let written = reply.written(isHead: isHead)
            state.written[key] = written
            return written
        }
    }

    private func reply(_ question: Question, _ models: [ModelView], _ state: inout State) -> Reply {
        if state.models != models { state = State(models: models) }
        if let reply = state.replies[question] { return reply }
        let reply = Self.reply(question, models)
        state.replies[question] = reply
        return reply
    }

    static func unknown(_ model: String, _ models: [ModelView]) -> Reply {
        .refused(.notFound, "no model '\(model)'; known: \(models.map(\.model).joined(separator: ", "))")
    }

    static let alive = Reply.json(.ok, .object([("status", .string("ok"))]))

    private static func reply(_ question: Question, _ models: [ModelView]) -> Reply {
        let answer = HealthAnswer(models: models)
        return switch question {
        case .health, .readiness: .json(answer.isReady ? .ok : .serviceUnavailable, answer.readiness)
        case .start: .json(answer.hasStarted ? .ok : .serviceUnavailable, answer.startup)
        case .life: alive
        }
    }
}
