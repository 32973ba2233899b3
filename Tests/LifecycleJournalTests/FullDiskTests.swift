import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A disk that fills up, for real: a small tmpfs.
@Suite(.enabled(if: SmallDisk.isAvailable, "needs root, to mount a small tmpfs"), .turn(of: "LifecycleJournalTests"))
struct FullDiskTests {
    @Test func aCreationThatFindsNoRoomLeavesNothing() throws {
        // From no room at all to room for everything but the last step.
        var failures = 0
        for kilobytes in stride(from: 4, through: 400, by: 36) {
            let disk = try SmallDisk(kilobytes: kilobytes)
            do {
                try EngineJournal(path: disk.journal).close()
            } catch let error as JournalError {
                failures += 1
                #expect(error.code == .diskFull, "\(kilobytes) KiB: \(error)")
                #expect(try disk.names().isEmpty, "\(kilobytes) KiB")
            }
        }
        #expect(failures > 2)
    }

    /// Whoever refuses to begin leaves nothing behind, also where the file could just be made.
    @Test func aFirstClaimThatFindsNoRoomLeavesNothing() async throws {
        var failures = 0
        for kilobytes in stride(from: 80, through: 320, by: 4) {
            let disk = try SmallDisk(kilobytes: kilobytes)
            guard let engine = try? EngineJournal(path: disk.journal) else { continue }
            var error: JournalError?
            do { _ = try await engine.claimDriver() } catch let found as JournalError { error = found }
            // Where nothing failed there is a journal; else the end may fail too, and that is no news.
            _ = try? engine.close()
            guard error != nil else { continue }
            failures += 1
            #expect(error?.code == .diskFull, "\(kilobytes) KiB")
            #expect(try disk.names().isEmpty, "\(kilobytes) KiB")
        }
        #expect(failures > 0)
    }

    /// The one that fails takes its files away while the others wait for their turn.
    @Test func concurrentCreationsThatFindNoRoomLeaveNothing() throws {
        let disk = try SmallDisk(kilobytes: 40)
        let openers = try (0..<6).map { _ in try EngineProcess() }
        for opener in openers { opener.process.send("open \(disk.journal)") }
        let answers = openers.map { $0.process.line() ?? "" }
        #expect(answers.allSatisfy { $0.hasPrefix("error diskFull ") }, "\(answers)")
        #expect(try disk.names().isEmpty)
    }

    @Test func anAppendThatFindsNoRoomStoresNothingAndMayBeRepeated() async throws {
        let disk = try SmallDisk(kilobytes: 2000)
        let engine = try EngineJournal(path: disk.journal)
        var driver = try await engine.claimDriver()
        try await driver.reach(.loading)
        try disk.fill()
        let failure = Failure(.processExited, "exited", outputTail: String(repeating: "x", count: 60_000))
        let row = driver.transition(.loadFailed, .error, failure: failure)
        let error = await journalError { try await driver.claimed.recorder.append(row) }
        #expect(error?.code == .diskFull)
        #expect(try engine.one("SELECT count(*) FROM transition") == 1)

        try disk.makeRoom()
        try await driver.claimed.recorder.append(row)
        try await driver.claimed.recorder.append(row)
        #expect(try engine.one("SELECT count(*) FROM transition") == 2)
        #expect(try engine.one("PRAGMA integrity_check") == "ok")
        try engine.close()
    }

    @Test func aFullDiskCanStillBeRead() async throws {
        let disk = try SmallDisk(kilobytes: 2000)
        let engine = try EngineJournal(path: disk.journal)
        var driver = try await engine.claimDriver()
        try await driver.reach(.ready)
        try disk.fill()
        #expect(try JournalReader(path: disk.journal).history(ReportFilter()).count == 3)
        try disk.makeRoom()
        try await driver.finish()
    }
}

/// A file system of its own; taken away at the end.
final class SmallDisk: Sendable {
    private let sandbox: Sandbox
    private let mountPoint: String
    var journal: String { mountPoint + "/journal.sqlite" }
    private var filler: String { mountPoint + "/filler" }

    init(kilobytes: Int) throws {
        sandbox = try Sandbox()
        mountPoint = sandbox.directory + "/disk"
        try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: false)
        let mount = try ChildProcess(["mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", mountPoint]).finish()
        guard mount.status == 0 else { throw Spawn.Failure(message: mount.output) }
    }

    deinit { _ = try? ChildProcess(["umount", "-l", mountPoint]).finish() }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: mountPoint) }

    /// Takes every free page.
    func fill() throws {
        let descriptor = open(filler, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let page = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
        guard errno == ENOSPC else { throw Spawn.Failure(message: String(cString: strerror(errno))) }
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: filler) }

    /// False in the quick lane, and for a user who may not mount.
    static let isAvailable: Bool = {
        #if os(Linux)
            return !FastLane.isOn && geteuid() == 0 && (try? SmallDisk(kilobytes: 64)) != nil
        #else
            return false
        #endif
    }()
}
