#if os(Linux)
    import Foundation
    import Testing

    @testable import ServerProvider

    /// Control groups as folders of files, of both versions.
    @Suite("The control group of a server") struct MemoryGroupTests {
        private let folder = FileManager.default.temporaryDirectory.appending(path: "groups-\(UUID().uuidString)").path

        private static let second =
            "36 25 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
        private static let first = """
            33 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct
            34 32 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:11 - cgroup cgroup rw,memory
            35 32 0:31 / /sys/fs/cgroup/unified rw,nosuid shared:12 - cgroup2 cgroup2 rw

            """

        private func write(_ files: [String: String]) throws {
            for (name, text) in files {
                let url = URL(filePath: folder + "/sys/fs/cgroup" + name)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data((text + "\n").utf8).write(to: url)
            }
        }

        private func group(_ mountinfo: String, _ lines: String) -> MemoryGroup? {
            MemoryGroupMounts(mountinfo: mountinfo, prefix: folder).group(inLines: lines)
        }

        @Test func version2HasItsKillsAndTheTightestLimitAroundIt() throws {
            try write([
                "/memory.stat": "", "/a.slice/memory.max": "2147483648", "/a.slice/memory.peak": "2147483640",
                "/a.slice/memory.events": "oom 9\noom_kill 9", "/a.slice/b.service/memory.max": "4294967296",
                "/a.slice/b.service/memory.peak": "100",
                "/a.slice/b.service/memory.events": "low 0\nhigh 0\nmax 7\noom 4\noom_kill 3\noom_group_kill 1",
            ])
            let found = try #require(group(Self.second, "0::/a.slice/b.service\n"))
            #expect(found.kills == 3)
            #expect(found.limit == MemoryGroup.Limit(limit: 2_147_483_648, peak: 2_147_483_640))
            let outer = try #require(group(Self.second, "0::/a.slice\n"))
            #expect(outer.counts(killsIn: found) && !found.counts(killsIn: outer))
        }

        @Test func version1HasItsKillsAndItsLimit() throws {
            try write([
                "/memory/memory.limit_in_bytes": "9223372036854771712", "/memory/j/memory.limit_in_bytes": "524288000",
                "/memory/j/memory.max_usage_in_bytes": "524288000",
                "/memory/j/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 6",
            ])
            // The line of version 2 is there as well; memory is on the other one.
            let found = try #require(group(Self.first, "9:name=systemd:/\n4:memory:/j\n3:cpu,cpuacct:/\n0::/other\n"))
            #expect(found.kills == 6)
            #expect(found.limit == MemoryGroup.Limit(limit: 524_288_000, peak: 524_288_000))
        }

        @Test func aGroupWithoutALimitHasNone() throws {
            try write(["/memory/memory.limit_in_bytes": "9223372036854771712", "/a/memory.max": "max"])
            #expect(try #require(group(Self.first, "4:memory:/\n")).limit == nil)
            #expect(try #require(group(Self.second, "0::/a\n")).limit == nil)
        }

        /// A group whose parent keeps the controller to itself has no files of it.
        @Test func aGroupWithoutTheControllerIsAccountedForAroundIt() throws {
            try write(["/user/memory.events": "oom_kill 2", "/user/app/inner/cgroup.procs": ""])
            #expect(group(Self.second, "0::/user/app/inner\n")?.kills == 2)
        }

        /// Within a container without a name space of its own, the mount shows one group of the path that the kernel names.
        @Test func aMountOfAGroupIsNotNamedTwice() throws {
            try write(["/memory/memory.limit_in_bytes": "1000"])
            let mount = "34 32 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
            #expect(group(mount, "4:memory:/docker/abc\n")?.limit?.limit == 1000)
            #expect(group(mount, "4:memory:/docker/abcdef\n") == nil)
        }

        @Test("what cannot be seen from here is unknown", arguments: ["0::/../other\n", "0::/a/../../b\n", "", "x\n"])
        func outside(lines: String) { #expect(group(Self.second, lines) == nil) }

        @Test func withoutAMountOfControlGroupsNothingIsKnown() {
            #expect(group("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "0::/a\n") == nil)
            #expect(group("", "4:memory:/a\n") == nil)
        }

        @Test func aCountThatIsNotThereIsUnknownAndNotNone() throws {
            try write(["/memory/j/memory.oom_control": "oom_kill_disable 0\nunder_oom 0", "/a/memory.max": "max"])
            #expect(try #require(group(Self.first, "4:memory:/j\n")).kills == nil)
            try write(["/a/b/memory.events": "low 0"])
            #expect(try #require(group(Self.second, "0::/a/b\n")).kills == nil)
        }

        @Test func membersOfInnerGroupsCount() throws {
            try write(["/a/cgroup.procs": "4711\n", "/a/memory.events": "oom_kill 0", "/a/b/cgroup.procs": "4712"])
            let found = try #require(group(Self.second, "0::/a\n"))
            #expect(found.hasMembers(otherThan: [4711]))
            #expect(!found.hasMembers(otherThan: [4711, 4712]))
        }
    }
#endif
