/// How a model server was started, asked and warmed, as the journal keeps it: options of the run's provider. What has its
/// usual value may be missing.
package struct ServerRecord: Sendable, Hashable {
    /// The name of an option. Lists of words are JSON arrays; times are in milliseconds.
    package enum Key: String, Sendable, CaseIterable {
        case command
        case workingDirectory = "working_directory"
        case preset
        case probe
        case followsServer = "probe_follows_server"
        case probeInterval = "probe_interval_ms"
        case probeTimeout = "probe_timeout_ms"
        case probeHeaders = "probe_headers"
        case probeMethod = "probe_method"
        case probeBody = "probe_body"
        case probeBodyFile = "probe_body_file"
        case probeCertificates = "probe_ca"
        case probeIsInsecure = "probe_insecure"
        case readyWhen = "ready_when"
        /// A single condition for ready, which is not a list, as all journals have it.
        case readiness
        case failedWhen = "failed_when"
        case aliveWhen = "alive_when"
        case readySuccesses = "ready_successes"
        case liveness
        case livenessInterval = "liveness_interval_ms"
        case livenessTimeout = "liveness_timeout_ms"
        case failureThreshold = "failure_threshold"
        case warmupURL = "warmup_url"
        case warmupBody = "warmup_body"
        case warmupBodyFile = "warmup_body_file"
        /// The field of the form that has the audio.
        case warmupAudioField = "warmup_audio_field"
        /// The seconds of silence, or the file.
        case warmupAudio = "warmup_audio"
        case warmupCommand = "warmup_command"
        case warmupHeaders = "warmup_headers"
        case warmupTimeout = "warmup_request_timeout_ms"
        case stopTimeout = "stop_timeout_ms"
    }

    /// What holds if nothing is said.
    package enum Usual {
        package static let probeInterval = Duration.milliseconds(250)
        package static let probeTimeout = Duration.seconds(5)
        package static let readySuccesses = 1
        package static let livenessInterval = Duration.seconds(10)
        package static let livenessTimeout = Duration.seconds(600)
        package static let failureThreshold = 3
        package static let warmupTimeout = Duration.seconds(60)
        package static let stopTimeout = Duration.seconds(10)
    }

    package private(set) var options: [String: String]

    package init(_ options: [String: String] = [:]) { self.options = options }

    package subscript(key: Key) -> String? {
        get { options[key.rawValue] }
        set { options[key.rawValue] = newValue }
    }

    /// - Returns: nil if it is missing, or not a number.
    package func number(_ key: Key) -> Double? { self[key].flatMap(Double.init) }

    /// - Returns: nil if it is missing, or not a number of milliseconds.
    package func duration(_ key: Key) -> Duration? {
        number(key).flatMap { Int64(exactly: ($0 * 1000).rounded()) }.map(Duration.microseconds)
    }

    package mutating func set(_ key: Key, to duration: Duration) { self[key] = "\(duration.milliseconds)" }

    /// The preset's address is only where it begins to ask.
    package var followsServer: Bool {
        get { self[.followsServer] == Self.yes }
        set { self[.followsServer] = newValue ? Self.yes : nil }
    }

    /// The server itself says when it is READY.
    package var isToldByServer: Bool { self[.probe] == "notify" }

    package var isWarmed: Bool { self[.warmupURL] != nil || self[.warmupCommand] != nil }

    package static let yes = "true"
}
