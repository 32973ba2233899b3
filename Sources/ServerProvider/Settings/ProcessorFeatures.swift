/// The vector instructions that model servers are built for, and that not every processor has.
struct ProcessorFeatures: Sendable, Hashable {
    private static let wanted = [
        ("avx", "AVX"), ("f16c", "F16C"), ("fma", "FMA"), ("avx2", "AVX2"), ("avx512f", "AVX-512F"),
    ]

    /// Those that this processor lacks; empty where it is unknown.
    let missing: [String]

    /// - Parameter cpuinfo: the contents of /proc/cpuinfo. Only x86 has a line `flags`.
    init(cpuinfo: String) {
        guard let line = cpuinfo.split(separator: "\n").first(where: { $0.hasPrefix("flags") }) else {
            missing = []
            return
        }
        let flags = Set(line.split(whereSeparator: \.isWhitespace))
        missing = Self.wanted.filter { !flags.contains(Substring($0.0)) }.map(\.1)
    }

    #if os(Linux)
        // The first processor's lines are enough.
        static let current = ProcessorFeatures(cpuinfo: ProcFile.text("/proc/cpuinfo", atMost: 1 << 14) ?? "")
    #else
        static let current = ProcessorFeatures(cpuinfo: "")
    #endif
}
