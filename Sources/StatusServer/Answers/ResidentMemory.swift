#if os(Linux)
    import Glibc
#endif

enum ResidentMemory {
    /// Megabytes of memory that a process of this machine holds; nil where that cannot be told.
    static func megabytes(of processID: Int32) -> Double? {
        #if os(Linux)
            guard let file = fopen("/proc/\(processID)/statm", "r") else { return nil }
            defer { fclose(file) }
            var buffer = [CChar](repeating: 0, count: 128)
            guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
            let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(separator: " ")
            guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
            return Double(pages * sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
        #else
            return nil
        #endif
    }
}
