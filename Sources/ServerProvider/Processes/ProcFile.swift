#if os(Linux)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Small files of /proc and of control groups, read with as little work as possible: a running server is looked at
    /// about once a second.
    enum ProcFile {
        /// - Returns: the file's first bytes; nil if it cannot be read.
        static func bytes(_ path: String, atMost limit: Int = 1 << 16) -> [UInt8]? {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var result: [UInt8] = []
            // Most of these files are shorter than this, and one of them that is not comes in parts.
            let part = 4096
            while result.count < limit {
                let count = withUnsafeTemporaryAllocation(byteCount: part, alignment: 1) { buffer in
                    let count = read(file, buffer.baseAddress, part)
                    if count > 0 { result.append(contentsOf: buffer[..<count]) }
                    return count
                }
                // A process that ends while its file is read answers with an error.
                if count < 0 { return nil }
                if count == 0 { break }
            }
            return result
        }

        static func text(_ path: String, atMost limit: Int = 1 << 16) -> String? {
            bytes(path, atMost: limit).map { String(decoding: $0, as: UTF8.self) }
        }

        /// The file's only number.
        static func number(_ path: String) -> Int64? {
            text(path)?.split(whereSeparator: \.isWhitespace).first.flatMap { Int64($0) }
        }

        /// The number after a name at the beginning of a line, as in `VmHWM:   123 kB` and `oom_kill 3`.
        static func number(named name: String, in text: String) -> Int64? {
            // Some of these files have two hundred lines, and are read many times a second while a server starts: taking
            // them apart as text was most of what a look cost.
            var text = text
            return text.withUTF8 { bytes in
                var line = bytes[...]
                while !line.isEmpty {
                    let rest = line.dropFirst(name.utf8.count)
                    if line.starts(with: name.utf8), let next = rest.first, isBlank(next) {
                        let digits = rest.drop(while: isBlank).prefix { $0 > 0x20 }
                        return Int64(String(decoding: digits, as: UTF8.self))
                    }
                    line = line.drop { $0 != UInt8(ascii: "\n") }.dropFirst()
                }
                return nil
            }
        }

        private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

        static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

        static func isFolder(_ path: String) -> Bool {
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        }

        /// The numbers among the names in a folder, which are process IDs or thread IDs.
        static func numbers(inFolder path: String) -> [Int32] {
            guard let folder = opendir(path) else { return [] }
            defer { closedir(folder) }
            var result: [Int32] = []
            while let entry = readdir(folder) {
                let number = withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                        atoi($0)
                    }
                }
                if number > 0 { result.append(number) }
            }
            return result
        }
    }
#endif
