import Foundation
import Testing

/// A machine that this one is not, for the programs in `tools`: a copy of them, and a PATH with nothing but what is named.
struct ToolMachine {
    /// The repository of this test.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    let workspace: Workspace

    init(_ workspace: Workspace) throws {
        self.workspace = workspace
        let files = FileManager.default
        for folder in ["repository/tools/packaging", "bin"] {
            try files.createDirectory(atPath: workspace.path(folder), withIntermediateDirectories: true)
        }
        for name in ["lib-setup.sh", "quickstart", "test", "build-release", "package-deb", "versions"] {
            try files.copyItem(
                atPath: Self.repository.appending(path: "tools/\(name)").path,
                toPath: workspace.path("repository/tools/\(name)"))
        }
        for name in [
            "bash", "sh", "dirname", "sed", "head", "tail", "cat", "mktemp", "tee", "rm", "grep", "mkdir", "id",
            "env", "uname", "awk", "sort", "join",
        ] {
            let found = ["/usr/bin", "/bin"].map { "\($0)/\(name)" }.first(where: files.fileExists(atPath:))
            try files.createSymbolicLink(
                atPath: workspace.path("bin/\(name)"), withDestinationPath: try #require(found))
        }
        let programs = (Program.path as NSString).deletingLastPathComponent
        try stub(
            "swift",
            """
            case "$*" in
            --version) echo "Swift version 6.3.1" ;;
            *--show-bin-path) echo "\(programs)" ;;
            build*) mkdir -p .build ;;
            test*) echo "MODELJOURNAL_FAST=${MODELJOURNAL_FAST:-} $*" >asked; cat tested ;;
            esac
            """)
    }

    func stub(_ name: String, _ script: String) throws {
        let path = workspace.path("bin/\(name)")
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// A file of the repository.
    func write(_ text: String, to path: String) throws {
        try text.write(toFile: workspace.path("repository/\(path)"), atomically: true, encoding: .utf8)
    }

    func text(of path: String) throws -> String {
        try String(contentsOfFile: workspace.path("repository/\(path)"), encoding: .utf8)
    }

    /// What `swift test` prints.
    func tests(print lines: String) throws { try write(lines, to: "tested") }

    /// What `swift test` was asked for.
    func asked() throws -> String { try text(of: "asked") }

    /// A Debian whose archive has nothing but what is installed.
    func debian(installed: [String]) throws {
        let names = installed.joined(separator: "|")
        try stub("dpkg-query", "case \"$3\" in \(names)) echo 'install ok installed' ;; *) exit 1 ;; esac")
        try stub("sudo", "exit 1")
        try stub("apt-get", "exit 1")
    }

    func run(_ tool: String, _ arguments: [String] = []) async throws -> Finished {
        try await workspace.start(
            workspace.path("bin/bash"), [workspace.path("repository/tools/\(tool)")] + arguments,
            environment: [
                "PATH": workspace.path("bin"), "MODELJOURNAL_POCKETSPHINX_LIBRARY": "/nowhere/libpocketsphinx.so.3",
            ]
        ).finished()
    }
}

func withToolMachine(_ body: (ToolMachine) async throws -> Void) async throws {
    try await withWorkspace { try await body(ToolMachine($0)) }
}
