import Foundation

/// `unshare --mount`, for the superuser on Linux: file systems that one process and its children alone see. Not in a `chroot`
/// whose root is no mount.
package enum PrivateMounts {
    /// Why there are none here; nil where there are.
    package static let reason: String? = {
        let works = succeeds("/usr/bin/unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
        return works ? nil : "this user cannot mount a small file system (unshare --mount)"
    }()
}

/// Whether such a program is here, and ends well.
package func succeeds(_ tool: String, _ arguments: [String]) -> Bool {
    guard FileManager.default.isExecutableFile(atPath: tool) else { return false }
    guard let child = try? Spawn.start([tool] + arguments, streams: .init()) else { return false }
    return Spawn.reap(child) == .exited(0)
}
