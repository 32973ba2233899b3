import Foundation
import ModelLifecycle
import Subprocess
import SystemPackage

/// Ready when a shell command exits with 0. The last line that it wrote is evidence.
struct CommandProber: Prober {
    let command: String
    let timeout: Duration
    /// The server's; nil for the engine's own.
    var workingDirectory: String?
    /// Added to the engine's own environment.
    var environment: [String: String] = [:]
    /// What the command is, as an answer's summary begins.
    var question = "the probe command"

    func ask() async -> ProbeAnswer {
        var options = PlatformOptions()
        options.processGroupID = 0
        // What the shell has started ends with it, or each probe that takes too long would leave something behind.
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let output: CommandOutput
        do { output = try CommandOutput() } catch {
            return ProbeAnswer(isReady: false, summary: "\(question) could not be run: \(error)")
        }
        let end = await withTaskGroup(of: End?.self) { group in
            group.addTask { [options] in await run(options, output.input) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return answer(end, lastLine: output.finish())
    }

    private enum End: Sendable {
        case ended(TerminationStatus)
        case notRun(String)
    }

    private var variables: [Environment.Key: String?] {
        // Those of the engine's own service manager are the engine's.
        let managers = ServiceManagerVariables.names.map { ($0, String?.none) }
        let all = environment.mapValues(Optional.some).merging(managers) { $1 }
        return Dictionary(uniqueKeysWithValues: all.map { (Environment.Key(stringLiteral: $0), $1) })
    }

    private func run(_ options: PlatformOptions, _ output: FileDescriptor) async -> End {
        do {
            let result = try await Subprocess.run(
                .path("/bin/sh"), arguments: ["-c", command],
                environment: .inherit.updating(variables), workingDirectory: workingDirectory.map { FilePath($0) },
                platformOptions: options, output: .fileDescriptor(output, closeAfterSpawningProcess: false),
                error: .fileDescriptor(output, closeAfterSpawningProcess: false))
            return .ended(result.terminationStatus)
        } catch {
            return .notRun(
                describe(error, timeout: timeout).split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }

    /// - Parameter end: nil if it did not end in time.
    private func answer(_ end: End?, lastLine: String?) -> ProbeAnswer {
        switch end {
        case nil:
            ProbeAnswer(
                isReady: false, summary: "\(question) did not end within \(timeout.brief)", detail: lastLine)
        case .ended(.exited(0)):
            ProbeAnswer(isReady: true, summary: "\(question) succeeded", detail: lastLine)
        case .ended(.exited(let code)):
            ProbeAnswer(
                isReady: false, summary: "\(question) exited with \(code)", detail: lastLine,
                failure: Self.neverRuns(code).map { lastLine ?? $0 })
        case .ended(.signaled(let signal)):
            ProbeAnswer(
                isReady: false, summary: "\(question) was ended by signal \(signal)", detail: lastLine)
        case .notRun(let reason):
            ProbeAnswer(isReady: false, summary: "\(question) could not be run: \(reason)")
        }
    }

    /// As shells say it of a command that will not run the next time either.
    private static func neverRuns(_ code: Int32) -> String? {
        switch code {
        case 126: "the probe command cannot be executed"
        case 127: "the probe command was not found"
        default: nil
        }
    }
}
