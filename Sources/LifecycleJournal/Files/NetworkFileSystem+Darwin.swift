#if canImport(Darwin)
    import Darwin

    extension NetworkFileSystem {
        /// What the file system at the path is called; nil where it is a local one, or nothing is there.
        package static func name(of path: String) -> String? {
            var status = statfs()
            guard statfs(path, &status) == 0, status.f_flags & UInt32(MNT_LOCAL) == 0 else { return nil }
            return withUnsafeBytes(of: status.f_fstypename) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
    }
#endif
