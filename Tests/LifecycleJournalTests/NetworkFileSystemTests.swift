import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

/// A journal that several machines could open at once is not begun.
@Suite(.turn(of: "LifecycleJournalTests")) struct NetworkFileSystemTests {
    @Test func aPathHasADirectory() {
        for (path, directory) in [("y", "."), ("yy", "."), ("/y", "/"), ("a/y", "a"), ("/a/b/y", "/a/b"), ("", ".")] {
            #expect(NetworkFileSystem.directory(of: path) == directory, "\(path)")
        }
    }

    @Test func aDirectoryOfThisMachineIsLocal() throws {
        #expect(NetworkFileSystem.name(of: try Sandbox().directory) == nil)
        #expect(NetworkFileSystem.name(of: "/no/such/directory") == nil)
    }

    #if os(Linux)
        @Test(
            arguments: [
                (0x6969, "NFS"), (0x517B, "SMB"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB"), (0x0102_1997, "9p"),
                (0x00C3_6400, "Ceph"), (0x0BD0_0BD0, "Lustre"),
                // ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS
                (0xEF53, nil), (0x5846_5342, nil), (0x9123_683E, nil), (0x0102_1994, nil), (0x794C_7630, nil),
                (0x2FC1_2FC1, nil),
            ] as [(UInt32, String?)])
        func theNumberTells(magic: UInt32, name: String?) {
            #expect(NetworkFileSystem.name(magic: magic) { nil } == name)
        }

        @Test(
            arguments: [
                ("fuse.sshfs", "fuse.sshfs"), ("fuse.glusterfs", "fuse.glusterfs"), ("virtiofs", "virtiofs"),
                (nil, "fuse"), ("fuseblk", nil), ("fuse.fuse-overlayfs", nil),
            ] as [(String?, String?)])
        func behindFUSETheMountTells(type: String?, name: String?) {
            #expect(NetworkFileSystem.name(magic: 0x6573_5546) { type } == name)
        }

        @Test func theTableOfMountsIsRead() throws {
            let table = """
                22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
                36 22 0:41 / /home/a\\040b rw,nosuid shared:1 master:2 - fuse.sshfs a@b:/ rw,user_id=0
                """
            #expect(NetworkFileSystem.mountedType("0:41", table) == "fuse.sshfs")
            #expect(NetworkFileSystem.mountedType("254:0", table) == "ext4")
            #expect(NetworkFileSystem.mountedType("0:4", table) == nil)
        }

        /// The kernel's answer, with the number of NFS put into it.
        private func engine(_ sandbox: Sandbox, environment: [String] = []) throws -> EngineProcess {
            try EngineProcess(
                prefix: ["env"] + environment
                    + Strace.prefix(only: sandbox.directory, inject: "statfs:poke_exit=@arg2=6969000000000000"))
        }

        @Test(.enabled(if: Strace.isAvailable, "needs strace, to give the directory another file system"))
        func anEngineDoesNotBeginThere() throws {
            let sandbox = try Sandbox()
            let answer = try engine(sandbox).ask("open \(sandbox.journal)")
            #expect(answer.hasPrefix("error unsuitableFileSystem "), "\(answer)")
            #expect(answer.contains("(NFS)") && answer.contains(NetworkFileSystem.override), "\(answer)")
            #expect(try sandbox.names().isEmpty)
        }

        @Test(.enabled(if: Strace.isAvailable, "needs strace, to give the directory another file system"))
        func whoeverKnowsBetterMayBegin() throws {
            let sandbox = try Sandbox()
            let first = try engine(sandbox, environment: [NetworkFileSystem.override + "=1"])
            first.order("open \(sandbox.journal)")
            first.order("claim en-us")
            first.reach("READY")
            #expect(first.order("read \(sandbox.journal)") == ["2"])
        }
    #endif
}
