import Foundation

/// How many files this process may have open. Each connection of a test takes two, as both ends are here.
enum OpenFileLimit {
    /// As far as the system lets it be raised.
    static let raised: Int = {
        var limit = rlimit()
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        return setrlimit(resource, &limit) == 0 ? Int(limit.rlim_cur) : 0
    }()
}
