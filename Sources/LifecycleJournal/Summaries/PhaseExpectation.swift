package import GRDB
package import ModelLifecycle

/// How long the phases of a start take, judged by earlier ones of the model.
package struct PhaseExpectation: Sendable, Hashable {
    package var load: DurationStatistics?
    /// Of warm-ups that did the same work.
    package var warmup: DurationStatistics?

    package init(load: DurationStatistics? = nil, warmup: DurationStatistics? = nil) {
        self.load = load
        self.warmup = warmup
    }

    package func phase(_ state: ModelState?) -> DurationStatistics? {
        switch state {
        case .loading: load
        case .warmingUp: warmup
        case .ready, .unloading, .uninitialized, .error, nil: nil
        }
    }
}

extension PhaseExpectation {
    /// So many of the newest starts, or warm-up requests, tell what is usual: the recent past predicts best, and they lie
    /// all over a large file.
    package static let recent = 200
    /// So many earlier starts make a p99 worth a warning.
    private static let enough = 5

    /// - Parameters:
    ///   - loads: durations of the newest loads of the model, in microseconds; at most `recent`.
    ///   - warmups: those of the same starts, by what stands for their configurations.
    ///   - recorded: such a configuration; nil where it cannot be had.
    package init<Key>(
        loads: [Int64], warmups: [Key: [Int64]], of configuration: RunConfiguration,
        recorded: (Key) throws -> RunConfiguration?
    ) rethrows {
        let alike = try warmups.filter { try recorded($0.key)?.warmup.doesSameWork(as: configuration.warmup) ?? false }
        self.init(load: DurationStatistics(loads), warmup: DurationStatistics(alike.flatMap(\.value)))
    }

    /// - Parameter run: only runs before this one count; nil for all.
    package init(_ db: Database, of configuration: RunConfiguration, before run: Int64?) throws {
        let recent = try RawStatement(
            db,
            """
            SELECT p.load_us, p.warmup_us, r.configuration_id
            FROM run_progress AS p JOIN run AS r ON r.id = p.run
            WHERE p.model_id = (SELECT id FROM model WHERE name = ?) AND p.run < ? AND p.load_us IS NOT NULL
            ORDER BY p.run DESC LIMIT \(Self.recent)
            """)
        recent.bind(1, configuration.model)
        recent.bind(2, run ?? Int64.max)
        defer { recent.reset() }
        var loads: [Int64] = []
        var warmups: [Int64: [Int64]] = [:]
        while try recent.step() {
            loads.append(try recent.required(recent.integer, 0))
            if let warmup = try recent.integer(1) {
                warmups[try recent.required(recent.integer, 2), default: []].append(warmup)
            }
        }
        try self.init(loads: loads, warmups: warmups, of: configuration) { try Self.recorded(db, $0) }
    }

    private static func recorded(_ db: Database, _ id: Int64) throws -> RunConfiguration? {
        let json = try String.fetchOne(
            db.cachedStatement(sql: "SELECT json FROM configuration WHERE id = ?"), arguments: [id])
        return json.flatMap(RunConfiguration.init(recorded:))
    }

    /// Of those configurations, the ones whose warm-up is like this one's.
    package static func alike(
        _ db: Database, _ ids: Set<Int64>, _ configuration: RunConfiguration,
        _ isAlike: (WarmupConfiguration, WarmupConfiguration) -> Bool
    ) throws -> Set<Int64> {
        // What is in another form is not alike.
        try ids.filter { try recorded(db, $0).map { isAlike($0.warmup, configuration.warmup) } ?? false }
    }

    /// When the engine says that a phase is slow.
    package var limits: ExpectedPhases {
        func limit(_ phase: DurationStatistics?) -> Duration? {
            phase.flatMap { $0.count >= Self.enough ? .microseconds($0.p99) : nil }
        }
        return ExpectedPhases(load: limit(load), warmup: limit(warmup))
    }
}

extension RunConfiguration {
    /// - Parameter json: as journals record it.
    /// - Returns: nil for a form that this program does not know; another version may have recorded it.
    package init?(recorded json: String) {
        guard let configuration = try? ConfigurationJSON(json: json).configuration else { return nil }
        self = configuration
    }
}

extension WarmupConfiguration {
    /// Five inferences are not to be judged by one, nor ten seconds of audio by two.
    fileprivate func doesSameWork(as other: WarmupConfiguration) -> Bool {
        inferenceCount == other.inferenceCount && sampleRate == other.sampleRate
            && audioDuration == other.audioDuration
    }
}
