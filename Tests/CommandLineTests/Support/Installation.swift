import Foundation
import ModelLifecycle
import PocketSphinxProvider
import TestSupport
import Testing

/// What this machine has: tests that need more are skipped, in the provider's own words.
enum Installation {
    static let reason: String? = {
        do {
            _ = try englishFiles()
            return nil
        } catch {
            return "\(error)"
        }
    }()

    private static func englishFiles() throws -> ModelFiles {
        let library = try SphinxLibrary.open(path: SphinxLibrary.pathFromEnvironment)
        return try ModelFiles(ProviderConfiguration(model: "en-us"), libraryFolder: library.modelFolder)
    }

    /// Where a program lies that the shell would find.
    static func find(_ program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The folder of the English model.
    static func modelFolder() throws -> String {
        let files = try englishFiles()
        return (files.lm as NSString).deletingLastPathComponent
    }
}

extension Trait where Self == ConditionTrait {
    static var needsPocketSphinx: Self {
        .enabled(if: Installation.reason == nil, "\(Installation.reason ?? "available")")
    }

    /// Needs a system on which a process may mount file systems that nobody else sees.
    static var needsPrivateMounts: Self {
        .enabled(if: PrivateMounts.reason == nil, "\(PrivateMounts.reason ?? "available")")
    }

    /// Needs the right to become another user.
    static var needsAnotherUser: Self {
        .enabled(if: AnotherUser.reason == nil, "\(AnotherUser.reason ?? "available")")
    }
}

/// `setpriv`, because the superuser passes every permission check.
enum AnotherUser {
    static let prefix = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    static let tool = "/usr/bin/setpriv"

    static let reason: String? = {
        let works = succeeds(tool, prefix + [Program.path, "--version"])
        return works ? nil : "this user cannot run \(Program.path) as another one (setpriv --reuid=65534)"
    }()
}
