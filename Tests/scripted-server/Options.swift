/// What the flags say. Times are in milliseconds.
struct Options: Sendable {
    var port: UInt16 = 0
    var portFile: String?
    var lifetime = 60_000
    var dialect = Dialect.plain
    /// Any model's name is right if this is nil.
    var model: String?

    var bindAfter = 0
    var neverBinds = false
    var acceptsSilently = false

    /// How this shows is the dialect's affair.
    var loadFor = 0
    var unreadyFor = 0
    var unreadyStatus: Int?
    var unreadyBody: String?
    var unreadyFields: [String] = []
    var readyAfterRequests = 0
    var isReadyTooEarly = false
    var warmAfter = 0
    var healthTakes = 0
    var unhealthyAfterRequests: Int?
    var healthPath: String?
    var inferencePath: String?

    var exitCode: Int32?
    var exitWhen = Moment.beforeBind
    var crashSignal: Int32?
    var crashWhen: Moment?
    var crashAfterReady: Int?
    var megabytes: Int?
    var allocateWhen = Moment.beforeBind

    var ignoresTerm = false
    var doubleForks = false
    var forksAndExits = false
    var grandchildren = 0

    var floodOut = 0
    var floodError = 0
    var writesBinary = false
    var writesEscapes = false
    var lines: [Line] = []
    var progressEvery: Int?
    var progressCount = Int.max

    var hangsInWarmup = false
    var warmupStatus: Int?
    var warmupBody: String?
    var warmupFields: [String] = []
    var isTruncated = false
    var isGarbage = false
    var isEndless = false
    var drip: Int?

    var echoPath: String?
    var echoedVariables: [String] = []

    struct Line: Sendable {
        var text: String
        var descriptor: Int32
    }

    init(_ arguments: [String]) {
        var words = arguments[...]
        while let word = words.popFirst() {
            if word == "--help" || word == "-h" { Flag.printHelp() }
            guard let flag = Flag.all.first(where: { $0.name == word }) else {
                fail("there is no \(word); see --help")
            }
            guard flag.apply(&self, &words) else {
                fail("\(word) \(flag.argument): that value does not fit; see --help")
            }
        }
    }
}
