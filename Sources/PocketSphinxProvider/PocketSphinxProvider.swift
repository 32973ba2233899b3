public import ModelLifecycle

/// Speech recognition in this process, with PocketSphinx and its US English model.
///
/// The library is looked for at run time, so that a program runs without it and says what is missing:
/// PocketSphinx 5 (`libpocketsphinx.so.5`) first, then 5prealpha or 0.8 (`libpocketsphinx.so.3`, as in Debian).
/// Each instance has one thread, on which its calls into the library run one after the other.
///
/// The configuration's `modelPath` names a folder in the layout of Debian's
/// `/usr/share/pocketsphinx/model/en-us`: it has one folder NAME with a file `mdef` in it, and beside that
/// NAME.lm.bin (or NAME.lm) and one file ending in .dict. The options `hmm`, `lm` and `dict` name these three
/// parts one by one. The default is the model that PocketSphinx 5 was installed with, then Debian's. The
/// environment variable `MODELJOURNAL_POCKETSPHINX_LIBRARY` names another libpocketsphinx.
public actor PocketSphinxProvider: ASRProvider {
    /// `pocketsphinx`.
    public nonisolated let name = "pocketsphinx"

    /// A load is one call into the library, which cannot be interrupted.
    public nonisolated let capabilities = ProviderCapabilities(
        sampleRate: 16_000, languages: ["en-US"], cancellableLoad: false)

    private let configuration: ProviderConfiguration
    private let libraryPath: String?
    private let queue = DecoderQueue(label: "modeljournal.pocketsphinx")
    private var decoder: Decoder?
    private var reportFailure: (@Sendable (Failure) -> Void)?

    /// The instance's own thread, on which its calls into the library run.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Touches nothing yet: a wrong option or a missing file is reported by `availability` and `load`.
    public init(_ configuration: ProviderConfiguration) {
        self.init(configuration, libraryPath: SphinxLibrary.pathFromEnvironment)
    }

    /// - Parameter libraryPath: the library's file; nil for the system's.
    package init(_ configuration: ProviderConfiguration, libraryPath: String?) {
        self.configuration = configuration
        self.libraryPath = libraryPath
    }

    /// Whether the library and the model files are here; the version is the library's. Answers while a load runs too.
    public nonisolated func availability() async -> ProviderAvailability {
        do {
            let (library, _) = try requirements()
            return .available(version: library.version)
        } catch {
            return .unavailable(reason: error.description)
        }
    }

    private nonisolated func requirements() throws(NotAvailable) -> (SphinxLibrary, ModelFiles) {
        let library = try SphinxLibrary.open(path: libraryPath)
        return (library, try ModelFiles(configuration, libraryFolder: library.modelFolder))
    }

    /// Loads the model, in place of one that is loaded already.
    ///
    /// Where the library meets damage that it ends the process for, the call is left instead: what it
    /// had allocated by then, a few megabytes of an acoustic model, is lost with each such attempt.
    /// - Throws: `Failure` with reason `providerNotAvailable` where something is missing or
    ///   `modelLoadFailed` where something is damaged; then `outputTail` has the library's log.
    public func load(_ context: LoadContext) async throws {
        try Task.checkCancellation()
        // Never two copies of a model in memory.
        decoder = nil
        let library: SphinxLibrary
        let files: ModelFiles
        do {
            (library, files) = try requirements()
        } catch {
            throw Failure(.providerNotAvailable, error.description)
        }
        do {
            try files.check()
        } catch {
            throw Failure(.modelLoadFailed, error.description)
        }
        try Task.checkCancellation()
        let log = LibraryLog(onLine: context.reportProgress)
        do {
            let loaded = try Decoder(library, files, log: log)
            if let complaint = files.complaint(in: log) {
                throw Failure(.modelLoadFailed, complaint, outputTail: log.tail)
            }
            decoder = loaded
            reportFailure = context.reportFailure
        } catch let failure as Decoder.CallFailure {
            throw Failure(.modelLoadFailed, failure.summary, outputTail: failure.logTail)
        }
    }

    /// Decodes `audio` from end to end. Where all of it is silence, which the library drops or cannot
    /// search properly, as many frames of silent features go through the search as well.
    /// - Throws: `Failure` with reason `warmupFailed`.
    public func warmUp(_ audio: AudioSamples) async throws {
        do {
            let decoder = try loadedDecoder(for: audio)
            if try decoder.decode(audio.samples).frames == 0 {
                try decoder.searchSilence(frames: audio.samples.count / 160)
            }
        } catch {
            throw failure(.warmupFailed, error)
        }
    }

    /// - Parameter audio: one utterance, 16 kHz.
    /// - Returns: what was heard; empty text if nothing was.
    /// - Throws: `Failure` with reason `runtimeUnhealthy` for another sample rate, without a loaded
    ///   model and where the library fails.
    public func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        do {
            return Transcript(text: try loadedDecoder(for: audio).decode(audio.samples).text)
        } catch {
            let failure = failure(.runtimeUnhealthy, error)
            // READY without a decoder would be a lie.
            if failure.isFinal { reportFailure?(failure) }
            throw failure
        }
    }

    /// Frees the model; without one there is nothing to do.
    public func unload() async throws {
        decoder = nil
    }

    private func loadedDecoder(for audio: AudioSamples) throws -> Decoder {
        guard audio.sampleRate == capabilities.sampleRate else {
            throw NotAvailable("the audio has \(audio.sampleRate) Hz; PocketSphinx takes \(capabilities.sampleRate) Hz")
        }
        guard let decoder else { throw NotAvailable("no model is loaded") }
        return decoder
    }

    private func failure(_ reason: FailureReason, _ error: any Error) -> Failure {
        guard let call = error as? Decoder.CallFailure else { return Failure(reason, "\(error)") }
        // It gave up half-way: what is in memory cannot be used again.
        if call.isFinal { decoder = nil }
        return Failure(reason, call.summary, outputTail: call.logTail, isFinal: call.isFinal)
    }
}
