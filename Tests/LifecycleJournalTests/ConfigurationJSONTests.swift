import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct ConfigurationJSONTests {
    static let full = RunConfiguration(
        model: "en-us", provider: "server", modelPath: "/models/en us", options: ["port": "8080", "args": "[\"-v\"]"],
        warmup: WarmupConfiguration(
            level: .full, policy: .warn, fullCount: 7, sampleRate: 8000, audioDuration: .milliseconds(1500),
            timeout: .seconds(9)),
        startupTimeout: .microseconds(61_000_001), loadStallTimeout: .milliseconds(250), unloadTimeout: .seconds(3),
        retry: RetryPolicy(
            maximumRetries: 4, backoff: .milliseconds(20), maximumDelay: .seconds(40), stableAfter: .seconds(50)))

    @Test(arguments: [full, RunConfiguration(model: "m", provider: "p")])
    func everyFieldComesBack(configuration: RunConfiguration) throws {
        let json = try ConfigurationJSON(configuration).encoded().json
        #expect(try ConfigurationJSON(json: json).configuration == configuration)
    }

    /// A resumed run is started with what the journal says: a duration that drifts would make it a
    /// different configuration each time.
    @Test func durationsDoNotDrift() throws {
        for microseconds in Array(1...2000) + stride(from: 1_000_003, to: 400_000_000, by: 1_234_567) {
            var configuration = RunConfiguration(model: "m", provider: "p")
            configuration.startupTimeout = .microseconds(microseconds)
            let json = try ConfigurationJSON(configuration).encoded().json
            #expect(try ConfigurationJSON(json: json).configuration == configuration)
        }
    }

    @Test func theLongestDurationIsNoTrap() throws {
        var configuration = RunConfiguration(model: "m", provider: "p")
        configuration.startupTimeout = .seconds(Int64.max)
        let json = try ConfigurationJSON(configuration).encoded().json
        #expect(try ConfigurationJSON(json: json).configuration.startupTimeout > .seconds(1_000_000_000))
    }

    @Test func theTextIsCanonical() throws {
        var options: [String: String] = [:]
        for name in "abcdefghij" { options[String(name)] = "/\(name)" }
        var configuration = RunConfiguration(model: "m", provider: "p", options: options)
        let first = try ConfigurationJSON(configuration).encoded()
        // Another order of insertion is another order in memory.
        configuration.options = [:]
        for name in options.keys.sorted(by: >) { configuration.options[name] = options[name] }
        let second = try ConfigurationJSON(configuration).encoded()
        #expect(first == second)
        #expect(first.digest.count == 64)
        #expect(first.json.contains(#""a":"/a","b":"/b""#))
        #expect(first.json.contains(#""startup_timeout_ms":300000"#))
    }

    @Test func anUnreadableConfigurationIsDamage() {
        let error = #expect(throws: JournalError.self) { try JournalConfigurations.decode("{}", path: "x") }
        #expect(error?.code == .damaged)
    }
}
