package import ModelLifecycle

/// A provider that does what a test wrote down, and remembers what it was asked. A call without a
/// script succeeds at once.
package final class ScriptedProvider: ASRProvider {
    package enum Operation: Sendable, Hashable, CaseIterable {
        case availability
        case load
        case warmUp
        case transcribe
        case unload
    }

    /// What a call does, one step after another.
    package enum Step: Sendable {
        /// Stops at the gate until it opens; cancellation ends the call.
        case wait(Gate)
        /// Stops at the gate whatever happens to the task, as a blocking C call does.
        case waitIgnoringCancellation(Gate)
        case reportProgress
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

    package let name: String
    package let capabilities = ProviderCapabilities()
    private let contents = Watched(Contents())

    package init(name: String = "scripted") { self.name = name }

    // MARK: - What a test writes

    /// Says what the next call without a script does.
    package func script(_ operation: Operation, _ steps: Step...) {
        contents.update { $0.scripts[operation, default: []].append(steps) }
    }

    package func setAvailability(_ availability: ProviderAvailability) {
        contents.update { $0.available = availability }
    }

    // MARK: - What a test reads

    /// Every call, in order.
    package var calls: [Operation] { contents.value.calls }

    package func count(_ operation: Operation) -> Int { calls.count { $0 == operation } }

    /// What each load was told, in order.
    package var contexts: [LoadContext] { contents.value.contexts }

    /// What was inferred, warm-up and real, in order.
    package var audio: [AudioSamples] { contents.value.audio }

    /// Copies of the model in memory now, one that is being loaded included.
    package var inMemory: Int { contents.value.inMemory }
    package var mostInMemory: Int { contents.value.mostInMemory }

    /// The most calls of the lifecycle that were ever under way together.
    package var mostAtWork: Int { contents.value.mostAtWork }

    /// Waits until the operation has begun for the given time.
    package func begun(_ operation: Operation, times: Int = 1) async throws {
        try await contents.wait { $0.calls.count { $0 == operation } >= times }
    }

    /// Waits until the operation has returned or thrown for the given time.
    package func returned(_ operation: Operation, times: Int = 1) async throws {
        try await contents.wait { $0.returned.count { $0 == operation } >= times }
    }

    // MARK: - ASRProvider

    package func availability() async -> ProviderAvailability {
        try? await perform(.availability)
        return contents.value.available
    }

    package func load(_ context: LoadContext) async throws {
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

    package func warmUp(_ audio: AudioSamples) async throws {
        contents.update { $0.audio.append(audio) }
        try await perform(.warmUp)
    }

    package func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        contents.update { $0.audio.append(audio) }
        try await perform(.transcribe)
        return Transcript(text: "heard \(audio.samples.count) samples")
    }

    package func unload() async throws {
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
