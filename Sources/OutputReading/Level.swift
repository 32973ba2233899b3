/// The severity that a logger gave a line, in the four steps that matter here.
enum Level: Sendable, Hashable {
    case detail, info, warning, error

    /// The spellings of the loggers of the field, in lower case.
    init?(word: some Collection<UInt8>) {
        guard word.count <= 9 else { return nil }
        switch String(decoding: word.map(\.lowercased), as: UTF8.self) {
        case "trace", "debug", "dbg", "trc", "verbose", "fine", "finer", "finest", "config": self = .detail
        case "info", "inf", "notice", "information", "note", "log", "success", "infocont": self = .info
        case "warn", "warning", "wrn": self = .warning
        case "error", "err", "critical", "crit", "fatal", "ftl", "severe", "panic", "pnc", "dpanic", "alert", "emerg",
            "emergency", "fail", "failure":
            self = .error
        default: return nil
        }
    }

    /// The first four letters, as logrus writes them.
    init?(prefix: some Collection<UInt8>) {
        switch String(decoding: prefix, as: UTF8.self) {
        case "TRAC", "DEBU": self = .detail
        case "INFO": self = .info
        case "WARN": self = .warning
        case "ERRO", "FATA", "PANI": self = .error
        default: return nil
        }
    }

    /// One letter in a column, as glog, llama.cpp and Android write it.
    init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "T"), UInt8(ascii: "D"), UInt8(ascii: "V"): self = .detail
        case UInt8(ascii: "I"): self = .info
        case UInt8(ascii: "W"): self = .warning
        case UInt8(ascii: "E"), UInt8(ascii: "F"), UInt8(ascii: "C"): self = .error
        default: return nil
        }
    }

    /// The numbers of syslog, 0 to 7, in front of a line: `<3>`.
    init?(syslog: UInt8) {
        switch syslog {
        case 0...3: self = .error
        case 4: self = .warning
        case 5...6: self = .info
        case 7: self = .detail
        default: return nil
        }
    }

    /// The numbers of bunyan and pino: 30 is information, 50 an error.
    init(number: Double) {
        self = number >= 50 ? .error : number >= 40 ? .warning : number >= 30 ? .info : .detail
    }
}
