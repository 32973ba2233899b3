public import ModelLifecycle

/// A provider that does what a test wrote down, and remembers what it was asked. A call without a script succeeds at once.
///
/// Nothing in it takes time: a call that is to last waits at a ``Gate``, and ``begun(_:times:)`` returns when the engine has
/// made a call.
public final class ScriptedProvider: ASRProvider {
    /// What an engine asks of a provider.
    public enum Operation: Sendable, Hashable, CaseIterable {
        /// Whether models can be loaded here at all.
        case availability
        /// The model is brought into memory.
        case load
        /// One inference of the warm-up.
        case warmUp
        /// A request's inference.
        case transcribe
        /// The model leaves the memory; also after a load that failed.
        case unload
    }

    /// What a call does, one step after another.
    public enum Step: Sendable {
        /// Stops at the gate until it opens; cancellation ends the call.
        case wait(Gate)
        /// Stops at the gate whatever happens to the task, as a blocking C call does.
        case waitIgnoringCancellation(Gate)
        /// Tells the engine that the load moves on, for a run with a `loadStallTimeout`; nothing in other calls.
        case reportProgress
        /// Ends the call with this error.
        case fail(any Error)
    }

    private struct Contents: Sendable {
        var scripts: [Operation: [[Step]]] = [:]
        var available = ProviderAvailability.available(version: "1.2.3")
        var calls: [Operation] = []
        var returned: [Operation] = []
        var contexts: [LoadContext] = []
        var audio: [AudioSamples] = []
        var inMemory = 0
        var mostInMemory = 0
        var atWork = 0
        var mostAtWork = 0
    }

    public let name: String
    public let capabilities = ProviderCapabilities()
    private let contents = Watched(Contents())

    /// - Parameter name: what runs, and the journal, call it.
    public init(name: String = "scripted") { self.name = name }

    // MARK: - What a test writes

    /// Says what the next call without a script does: the first script is for the first call, and so on.
    public func script(_ operation: Operation, _ steps: Step...) {
        contents.update { $0.scripts[operation, default: []].append(steps) }
    }

    /// What the provider answers when it is asked whether it can load models here; at first that it can.
    public func setAvailability(_ availability: ProviderAvailability) {
        contents.update { $0.available = availability }
    }

    // MARK: - What a test reads

    /// Every call, in order.
    public var calls: [Operation] { contents.value.calls }

    /// How often an operation was called.
    public func count(_ operation: Operation) -> Int { calls.count { $0 == operation } }

    /// What each load was told, in order.
    public var contexts: [LoadContext] { contents.value.contexts }

    /// What was inferred, warm-up and real, in order.
    public var audio: [AudioSamples] { contents.value.audio }

    /// Copies of the model in memory now, one that is being loaded included.
    public var inMemory: Int { contents.value.inMemory }
    /// The most copies of the model that were ever in memory together.
    public var mostInMemory: Int { contents.value.mostInMemory }

    /// The most calls of the lifecycle that were ever under way together.
    public var mostAtWork: Int { contents.value.mostAtWork }

    /// Waits until the operation has begun for the given time.
    /// - Throws: `CancellationError`; a test that runs into its time limit ends by it.
    public func begun(_ operation: Operation, times: Int = 1) async throws {
        try await contents.wait { $0.calls.count { $0 == operation } >= times }
    }

    /// Waits until the operation has returned or thrown for the given time.
    /// - Throws: `CancellationError`.
    public func returned(_ operation: Operation, times: Int = 1) async throws {
        try await contents.wait { $0.returned.count { $0 == operation } >= times }
    }

    // MARK: - ASRProvider

    public func availability() async -> ProviderAvailability {
        do { try await perform(.availability) } catch { return .unavailable(reason: "\(error)") }
        return contents.value.available
    }

    public func load(_ context: LoadContext) async throws {
        contents.update { contents in
            contents.contexts.append(context)
            contents.inMemory += 1
            contents.mostInMemory = max(contents.mostInMemory, contents.inMemory)
        }
        do { try await perform(.load, context) } catch {
            contents.update { $0.inMemory -= 1 }
            throw error
        }
    }

    public func warmUp(_ audio: AudioSamples) async throws {
        contents.update { $0.audio.append(audio) }
        try await perform(.warmUp)
    }

    public func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        contents.update { $0.audio.append(audio) }
        try await perform(.transcribe)
        return Transcript(text: "heard \(audio.samples.count) samples")
    }

    public func unload() async throws {
        try await perform(.unload)
        contents.update { $0.inMemory = max(0, $0.inMemory - 1) }
    }

    private func perform(_ operation: Operation, _ context: LoadContext? = nil) async throws {
        // Real work may overlap with the model's lifecycle; operations of the lifecycle may not overlap.
        let weight = operation == .transcribe ? 0 : 1
        let steps: [Step] = contents.update { contents in
            contents.calls.append(operation)
            contents.atWork += weight
            contents.mostAtWork = max(contents.mostAtWork, contents.atWork)
            guard contents.scripts[operation]?.isEmpty == false else { return [] }
            return contents.scripts[operation]?.removeFirst() ?? []
        }
        defer {
            contents.update { contents in
                contents.atWork -= weight
                contents.returned.append(operation)
            }
        }
        for step in steps {
            switch step {
            case .wait(let gate): try await gate.pass()
            case .waitIgnoringCancellation(let gate): await gate.passIgnoringCancellation()
            case .reportProgress: context?.reportProgress()
            case .fail(let error): throw error
            }
        }
    }
}
