import Foundation
import ModelLifecycle
import Synchronization
import TestSupport
import Testing

@testable import ServerProvider

@Suite("What a server says of itself", .turn(of: "ServerProviderTests"))
struct NotifyTests {
    @Test func aMessageIsRead() {
        let message = NotifyMessage(
            "STATUS=reading a=b\nEXTEND_TIMEOUT_USEC=2000000\nX_MODELJOURNAL_STATE=WARMING_UP\nERRNO=2\nMAINPID=7\nrubbish"
        )
        #expect(message.status == "reading a=b" && message.timeExtension == .seconds(2))
        #expect(message.phase == .warmingUp && message.errorNumber == 2 && !message.isReady && message.error == nil)
        #expect(NotifyMessage("READY=1").isReady && NotifyMessage("X_MODELJOURNAL_STATE=READY").isReady)
        #expect(!NotifyMessage("READY=0").isReady && NotifyMessage("STOPPING=1").isStopping)
    }

    @Test(arguments: ["EXTEND_TIMEOUT_USEC=-1", "EXTEND_TIMEOUT_USEC=x", "EXTEND_TIMEOUT_USEC=99999999999999", ""])
    func whatMeansNothingIsPassedOver(text: String) { #expect(NotifyMessage(text).timeExtension == nil) }

    /// A message without a sender's name, as all servers send it, must not end the reading.
    @Test func everyMessageArrives() async throws {
        let socket = try NotifySocket()
        for text in ["STATUS=one", "", "STATUS=two"] { try send(text, to: socket.path) }
        var found: [String] = []
        for await message in socket.messages where message.status != nil {
            found.append(message.status ?? "")
            if found.count == 2 { break }
        }
        #expect(found == ["one", "two"])
        socket.close()
        #expect(!FileManager.default.fileExists(atPath: socket.path))
    }

    /// One that still reads keeps its folder.
    @Test func whatAKilledEngineHasLeftIsRemoved() async throws {
        let living = try NotifySocket()
        let left = URL(filePath: living.path).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "modeljournal-notify-\(UUID().uuidString.prefix(6))")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
        // It ends without closing its socket in an orderly way.
        let script = "import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])"
        let maker = try Spawn.start(
            ["python3", "-c", script, left.appending(path: "notify").path], streams: Spawn.Streams())
        #expect(Spawn.reap(maker) == .exited(0))
        let next = try NotifySocket()
        #expect(!FileManager.default.fileExists(atPath: left.path))
        #expect(FileManager.default.fileExists(atPath: living.path))
        for socket in [living, next] { socket.close() }
    }

    @Test func itIsLoadedBeforeItIsReady() async throws {
        let reports = Reports()
        let notices = ServerNotices(try NotifySocket(), reports.context)
        let following = Task { await notices.follow() }
        try send("EXTEND_TIMEOUT_USEC=5000000\nSTATUS=reading", to: notices.socket.path)
        try send("X_MODELJOURNAL_STATE=WARMING_UP", to: notices.socket.path)
        try await notices.waitUntilLoaded()
        #expect(reports.contents.withLock { $0.extensions } == [.seconds(5)])
        #expect(reports.contents.withLock { $0.notes.map(\.message) } == ["reading"])
        try send("READY=1", to: notices.socket.path)
        try await notices.waitUntilReady()
        try send("X_MODELJOURNAL_ERROR=the card is gone", to: notices.socket.path)
        try await eventually("the failure is reported") { reports.contents.withLock { !$0.failures.isEmpty } }
        #expect(reports.contents.withLock { $0.failures.map(\.reason) } == [.runtimeUnhealthy])
        notices.socket.close()
        await following.value
    }

    @Test func anErrorEndsTheWait() async throws {
        let notices = ServerNotices(try NotifySocket(), Reports().context)
        let following = Task { await notices.follow() }
        try send("X_MODELJOURNAL_ERROR=layer3 is short\nERRNO=2", to: notices.socket.path)
        let failure = await #expect(throws: Failure.self) { try await notices.waitUntilLoaded() }
        #expect(failure?.reason == .modelLoadFailed && failure?.message == "the server says: layer3 is short")
        let later = await #expect(throws: Failure.self) { try await notices.waitUntilReady() }
        #expect(later?.reason == .warmupFailed)
        #expect(notices.remarks.first?.hasPrefix("it reported ERRNO=2") == true)
        notices.socket.close()
        await following.value
    }

    private final class Reports: Sendable {
        struct Contents {
            var notes: [RunNote] = []
            var failures: [Failure] = []
            var extensions: [Duration] = []
        }
        let contents = Mutex(Contents())

        var context: LoadContext {
            LoadContext(
                runID: RunID(rawValue: "00000000-0000-0000-0000-000000000001"),
                correlationID: CorrelationID(stored: "00000000-0000-0000-0000-000000000002"), attempt: 1,
                reportFailure: { failure in self.contents.withLock { $0.failures.append(failure) } },
                reportNote: { note in self.contents.withLock { $0.notes.append(note) } },
                extendDeadline: { time in self.contents.withLock { $0.extensions.append(time) } })
        }
    }

    private func send(_ text: String, to path: String) throws {
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #else
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bytes = Array(text.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(sent == bytes.count)
    }
}
