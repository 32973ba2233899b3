/// What a server says of itself, as sd_notify(3) describes it: lines of `NAME=VALUE`. Names that are not known here are
/// passed over, as systemd does.
struct NotifyMessage: Sendable, Hashable {
    /// What a program of any language may say to have its own phases recorded.
    enum Phase: String, Sendable {
        case loading = "LOADING"
        case warmingUp = "WARMING_UP"
        case ready = "READY"
    }

    var isReady = false
    var isStopping = false
    var status: String?
    /// A number of errno.
    var errorNumber: Int32?
    var timeExtension: Duration?
    var phase: Phase?
    /// Why it will never be ready, in its own words.
    var error: String?

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = String(line[line.index(after: equals)...])
            switch line[..<equals] {
            case "READY": isReady = value == "1"
            case "STOPPING": isStopping = value == "1"
            case "STATUS": status = value
            case "ERRNO": errorNumber = Int32(value)
            case "EXTEND_TIMEOUT_USEC":
                // More than a day is no extension that anybody means.
                timeExtension = Int64(value).flatMap { (1...86_400_000_000).contains($0) ? .microseconds($0) : nil }
            case "X_MODELJOURNAL_STATE": phase = Phase(rawValue: value)
            case "X_MODELJOURNAL_ERROR": error = value.isEmpty ? nil : value
            default: break
            }
        }
        if phase == .ready { isReady = true }
    }
}
