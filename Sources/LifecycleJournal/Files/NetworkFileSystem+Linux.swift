#if os(Linux)
    import CSQLiteSettings
    import Foundation
    import Glibc

    extension NetworkFileSystem {
        /// What the file system at the path is called; nil where it is a local one, or nothing is there.
        package static func name(of path: String) -> String? {
            var magic: UInt32 = 0
            guard modeljournal_file_system_type(path, &magic) == 0 else { return nil }
            return name(magic: magic) {
                guard let table = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else {
                    return nil
                }
                var file = stat()
                return stat(path, &file) == 0 ? mountedType(device(file.st_dev), table) : nil
            }
        }

        /// - Parameters:
        ///   - magic: the file system's number in statfs(2).
        ///   - mountedType: its name in the table of mounts, e.g. `fuse.sshfs`.
        package static func name(magic: UInt32, mountedType: () -> String?) -> String? {
            guard magic == fuse else { return magics[magic] }
            // Anything may be behind FUSE. These are on a disk of this machine.
            let type = mountedType() ?? "fuse"
            return ["fuseblk", "fuse.fuse-overlayfs"].contains(type) ? nil : type
        }

        /// - Parameters:
        ///   - device: `major:minor`.
        ///   - table: in the format of proc_pid_mountinfo(5).
        static func mountedType(_ device: String, _ table: String) -> String? {
            for line in table.split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count > 2, fields[2] == device, let end = fields.firstIndex(of: "-"),
                    end + 1 < fields.count
                else { continue }
                return String(fields[end + 1])
            }
            return nil
        }

        /// As the kernel writes a device's number, from the way in which glibc packs it.
        private static func device(_ number: dev_t) -> String {
            let number = UInt64(number)
            let major = (number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000
            let minor = number & 0xFF | (number >> 12) & 0xFFFF_FF00
            return "\(major):\(minor)"
        }

        private static let fuse: UInt32 = 0x6573_5546
        private static let magics: [UInt32: String] = [
            0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x0102_1997: "9p",
            0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre",
            0x0116_1970: "GFS2", 0x7461_636F: "OCFS2", 0x564C: "NCP", 0x786F_4256: "VirtualBox shared folder",
            0xBACB_ACBC: "VMware shared folder", 0x4750_4653: "GPFS", 0x1983_0326: "BeeGFS", 0xAAD7_AAEA: "PanFS",
            0x2003_0528: "OrangeFS",
        ]
    }
#endif
