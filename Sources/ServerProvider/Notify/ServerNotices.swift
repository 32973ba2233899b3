import Foundation
import ModelLifecycle
import Synchronization

/// Follows what a server says of itself from its start to its end.
final class ServerNotices: Sendable {
    private struct Contents {
        var isReady = false
        var errorNumber: Int32?
        var isStopping = false
        var limit = NoteLimit()
    }

    let socket: NotifySocket
    private let context: LoadContext
    private let contents = Mutex(Contents())
    /// It has loaded, or failed to.
    private let loaded = Outcome<Failure?>()
    /// It is ready, or has failed before.
    private let ready = Outcome<Failure?>()

    init(_ socket: NotifySocket, _ context: LoadContext) {
        self.socket = socket
        self.context = context
    }

    /// Until the socket is closed.
    func follow() async {
        for await message in socket.messages { take(message) }
    }

    /// Returns once the server has loaded; it may still have to warm up.
    /// - Throws: `Failure` in the server's own words.
    func waitUntilLoaded() async throws { if let failure = try await loaded.value() { throw failure } }

    /// - Throws: `Failure` in the server's own words, or because it was not waited for any longer. Not even the policy
    ///   `warn` makes a server READY that does not say that it is.
    func waitUntilReady() async throws {
        var failure: Failure?
        do { failure = try await ready.value() } catch is CancellationError {
            failure = Failure(.warmupFailed, "the server has not said READY=1 in time")
        }
        guard var failure else { return }
        failure.reason = .warmupFailed
        failure.isFinal = true
        throw failure
    }

    /// What it has said that may explain its end.
    var remarks: [String] {
        contents.withLock { contents in
            var remarks: [String] = []
            if let number = contents.errorNumber {
                remarks.append("it reported ERRNO=\(number) (\(String(cString: strerror(number))))")
            }
            if contents.isStopping { remarks.append("it had announced that it was stopping") }
            return remarks
        }
    }

    private func take(_ message: NotifyMessage) {
        context.reportProgress()
        if let time = message.timeExtension { context.extendDeadline(time) }
        let (more, wasReady) = contents.withLock { contents -> (String?, Bool) in
            contents.errorNumber = message.errorNumber ?? contents.errorNumber
            contents.isStopping = contents.isStopping || message.isStopping
            defer { contents.isReady = contents.isReady || message.isReady }
            let tells = message.status != nil || message.isStopping || message.errorNumber != nil
            return (tells ? contents.limit.allows(.status, at: .now) : nil, contents.isReady)
        }
        if let more {
            let parts = [
                message.status, message.errorNumber.map { "ERRNO=\($0)" }, message.isStopping ? "it is stopping" : nil,
            ].compactMap { $0 }
            context.reportNote(RunNote(.status, message: parts.joined(separator: "; ") + more))
        }
        if let error = message.error {
            let failure = Failure(.modelLoadFailed, "the server says: \(error)")
            loaded.set(failure)
            ready.set(failure)
            if wasReady { context.reportFailure(Failure(.runtimeUnhealthy, "the server says: \(error)")) }
            return
        }
        if message.phase == .warmingUp { loaded.set(nil) }
        if message.isReady {
            loaded.set(nil)
            ready.set(nil)
        }
    }
}
