internal import CPocketSphinx

/// A model in memory. Not Sendable: it belongs to the provider's thread.
final class Decoder {
    /// Why a call into the library failed.
    struct CallFailure: Error {
        /// The decoder cannot be used any more.
        let isFinal: Bool
        let summary: String
        let logTail: String?

        init(_ outcome: cps_outcome, _ log: LibraryLog) {
            isFinal = outcome == CPS_GAVE_UP
            summary = log.summary
            logTail = log.tail
        }
    }

    private let handle: OpaquePointer

    /// Loads a model; blocks for as long as that takes.
    init(_ library: SphinxLibrary, _ files: ModelFiles, log: LibraryLog) throws(CallFailure) {
        var made: OpaquePointer?
        let outcome = log.withCallback { callback, context in
            cps_decoder_create(library.handle, files.hmm, files.lm, files.dict, callback, context, &made)
        }
        guard outcome == CPS_OK, let made else { throw CallFailure(outcome, log) }
        handle = made
    }

    deinit {
        let handle = handle
        LibraryLog().withCallback { cps_decoder_free(handle, $0, $1) }
    }

    /// - Returns: what was heard, empty if nothing, and how many frames of 10 ms were searched.
    func decode(_ samples: [Int16]) throws(CallFailure) -> (text: String, frames: Int) {
        let log = LibraryLog()
        var frames: Int32 = 0
        var text = UnsafePointer<CChar>?.none
        let outcome = samples.withUnsafeBufferPointer { samples in
            // An empty array has no address, and the shim reads none of its samples.
            var nothing: Int16 = 0
            return withUnsafePointer(to: &nothing) { nothing in
                log.withCallback { callback, context in
                    cps_decoder_decode(
                        handle, samples.baseAddress ?? nothing, samples.count, callback, context, &frames, &text)
                }
            }
        }
        guard outcome == CPS_OK else { throw CallFailure(outcome, log) }
        return (text.map { String(cString: $0) } ?? "", Int(frames))
    }

    /// Searches that many frames of 10 ms in which nothing is said.
    func searchSilence(frames: Int) throws(CallFailure) {
        let log = LibraryLog()
        let outcome = log.withCallback { callback, context in
            cps_decoder_search_silence(handle, Int32(clamping: frames), callback, context)
        }
        guard outcome == CPS_OK else { throw CallFailure(outcome, log) }
    }
}
