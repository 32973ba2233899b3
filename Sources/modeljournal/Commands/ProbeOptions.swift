import ArgumentParser
import Foundation
import ModelLifecycle
import ServerProvider

/// What `run -- COMMAND` may be told about the probe beside its address.
struct ProbeOptions: ParsableArguments {
    @Option(name: .long, help: "A header of the probes, NAME: VALUE; may be given several times.")
    var probeHeader: [String] = []

    @Option(name: .long, help: "The method of the probes. (default: GET, or POST with a body)")
    var probeMethod: String?

    @Option(name: .long, help: "What a probe sends: TEXT, or @FILE.")
    var probeBody: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A PEM file of certificates that the probes trust beside the system's.", valueName: "file"))
    var probeCa: String?

    @Flag(name: .long, help: "Accept any certificate; the record and each answer say so.")
    var probeInsecure = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the answer must say for READY: status=READY, 'http=200|204', 'workers[*].status=READY', body~text; "
                + "all that are given must hold.", valueName: "cond"))
    var readyWhen: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the answer says if the server will never be ready: 'status=SETUP_FAILED|DEFUNCT'; one is enough.",
            valueName: "cond"))
    var failedWhen: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the answer must say once the server is READY. (default: the same as for READY)", valueName: "cond"))
    var aliveWhen: [String] = []

    @Option(
        name: .long,
        help: "Good probes in a row that make the server READY. (default: \(ServerRecord.Usual.readySuccesses))")
    var readySuccesses: Int?

    func validate() throws {
        if let readySuccesses, !(1...100).contains(readySuccesses) {
            throw ValidationError("--ready-successes must be between 1 and 100.")
        }
    }

    /// Which options are given.
    var given: [(String, Bool)] {
        [
            ("--probe-header", !probeHeader.isEmpty), ("--probe-method", probeMethod != nil),
            ("--probe-body", probeBody != nil), ("--probe-ca", probeCa != nil), ("--probe-insecure", probeInsecure),
            ("--ready-when", !readyWhen.isEmpty), ("--failed-when", !failedWhen.isEmpty),
            ("--alive-when", !aliveWhen.isEmpty), ("--ready-successes", readySuccesses != nil),
        ]
    }

    /// - Throws: `InvalidServerSetting` if one of them cannot be used.
    func apply(to configuration: inout ServerConfiguration) throws {
        configuration.probeHeaders += try probeHeader.map { try RequestHeader($0, for: "probe") }
        if let probeMethod { configuration.probeMethod = try ServerConfiguration.method(probeMethod) }
        if let probeBody {
            if probeBody.hasPrefix("@") {
                let file = String(probeBody.dropFirst())
                configuration.probeBody = try ServerConfiguration.body(file, for: "probe")
                configuration.probeBodyFile = file
            } else {
                configuration.probeBody = Data(probeBody.utf8)
                configuration.probeBodyFile = nil
            }
        }
        if let probeCa { configuration.probeCertificates = probeCa }
        configuration.probeIsInsecure = probeInsecure
        if !readyWhen.isEmpty { configuration.readyWhen = try readyWhen.map { try AnswerCondition($0) } }
        if !failedWhen.isEmpty { configuration.failedWhen = try failedWhen.map { try AnswerCondition($0) } }
        if !aliveWhen.isEmpty { configuration.aliveWhen = try aliveWhen.map { try AnswerCondition($0) } }
        if let readySuccesses { configuration.readySuccesses = readySuccesses }
        try configuration.checkProbe()
    }
}
