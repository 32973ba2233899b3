// swift-tools-version: 6.2
import PackageDescription

// Continuous integration turns every warning of this package's own code into an error; the
// dependencies are not ours to judge.
let warningsAreErrors = Context.environment["MODELJOURNAL_WARNINGS_AS_ERRORS"] == "1"

let package = Package(
    name: "modeljournal",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "modeljournal", targets: ["modeljournal"]),
        .executable(name: "modeljournal-lifeline", targets: ["modeljournal-lifeline"]),
        .library(name: "ModelLifecycle", targets: ["ModelLifecycle", "LifecycleJournal", "LifecycleEngine"]),
        .library(name: "PocketSphinxProvider", targets: ["PocketSphinxProvider"]),
        .library(name: "ServerProvider", targets: ["ServerProvider"]),
        .library(name: "ModelLifecycleTesting", targets: ["ModelLifecycleTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The pure rules. Imports nothing, not even Foundation.
        .target(name: "ModelLifecycle"),

        // The schema, readable as numbered .sql files and embedded in the binary.
        .target(
            name: "JournalMigrations",
            path: "migrations",
            resources: [
                .embedInCode("0001_journal.sql"), .embedInCode("0002_notes.sql"),
                .embedInCode("fleet/0001_tables.sql"), .embedInCode("fleet/0001_views.sql"),
            ]
        ),

        // What only C can reach: settings of SQLite behind a variadic function, and statfs.
        .target(
            name: "CSQLiteSettings",
            linkerSettings: [.linkedLibrary("sqlite3")]
        ),
        // Processes of this host: who one is, and how those of a dead one are ended.
        .target(name: "HostProcesses"),

        // The journal: opening, locks, writing, the chain and its rows. What an embedder links.
        .target(
            name: "LifecycleJournal",
            dependencies: [
                "ModelLifecycle", "JournalMigrations", "CSQLiteSettings", "HostProcesses",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),

        // Lists, statistics, and the facts of a post-mortem. Reads.
        .target(
            name: "JournalReports",
            dependencies: [
                "ModelLifecycle", "CSQLiteSettings", "HostProcesses", "LifecycleJournal",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),

        // What keeps a journal in order: verify, backup, prune, recover, export, import, shipping, doctor.
        .target(
            name: "JournalCare",
            dependencies: [
                "ModelLifecycle", "CSQLiteSettings", "HostProcesses", "LifecycleJournal", "JournalReports",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),

        // What the header of a model's file says. Pure: it gets bytes, and reads no file.
        .target(name: "ModelFileFormats", dependencies: ["ModelLifecycle"]),

        .target(
            name: "LifecycleEngine",
            dependencies: [
                "ModelLifecycle", "ModelFileFormats",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),

        // For tests, ours and those of embedders: a provider that does what a test wrote down.
        .target(name: "ModelLifecycleTesting", dependencies: ["ModelLifecycle"]),

        // libpocketsphinx, found with dlopen at run time, so that one binary serves every machine.
        .target(name: "CPocketSphinx", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "PocketSphinxProvider", dependencies: ["ModelLifecycle", "CPocketSphinx"]),

        // What ties a model server to its engine, as C: it runs between fork and exec, and has one thread.
        .target(name: "CLifeline"),
        .executableTarget(name: "modeljournal-lifeline", dependencies: ["CLifeline"]),

        // Any model server as a child process.
        .target(
            name: "ServerProvider",
            dependencies: [
                "ModelLifecycle", "OutputReading", "CLifeline",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "TOMLKit", package: "TOMLKit"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            resources: [
                .embedInCode("Settings/Presets/bentoml.toml"), .embedInCode("Settings/Presets/cog.toml"),
                .embedInCode("Settings/Presets/kserve-v2.toml"), .embedInCode("Settings/Presets/litserve.toml"),
                .embedInCode("Settings/Presets/llama-server.toml"), .embedInCode("Settings/Presets/mlflow.toml"),
                .embedInCode("Settings/Presets/mosec.toml"), .embedInCode("Settings/Presets/ollama.toml"),
                .embedInCode("Settings/Presets/ovms.toml"), .embedInCode("Settings/Presets/ray-serve.toml"),
                .embedInCode("Settings/Presets/sglang.toml"), .embedInCode("Settings/Presets/sherpa-onnx.toml"),
                .embedInCode("Settings/Presets/tf-serving.toml"), .embedInCode("Settings/Presets/torchserve.toml"),
                .embedInCode("Settings/Presets/triton.toml"), .embedInCode("Settings/Presets/vllm.toml"),
                .embedInCode("Settings/Presets/whisper-server.toml"), .embedInCode("Settings/Presets/wyoming.toml"),
            ]
        ),

        // What the output of a model server says about its end. Pure: it knows neither journal nor process.
        .target(name: "OutputReading"),

        // Reports as values, pages and pictures, for the commands and for the status server; does no input or output.
        .target(
            name: "JournalRendering",
            dependencies: ["ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare", "OutputReading"]),

        // Health, metrics, events and the page over HTTP. Reads; it cannot reach an engine.
        .target(
            name: "StatusServer",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalRendering",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Assets/page.css"), .embedInCode("Assets/page.js")]
        ),

        // Many journals in one ClickHouse. Reads journals and keeps their cursors; it cannot reach an engine.
        .target(
            name: "FleetStore",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare",
                "JournalMigrations",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),

        .executableTarget(
            name: "modeljournal",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare", "LifecycleEngine",
                "PocketSphinxProvider", "ServerProvider", "JournalRendering", "StatusServer", "FleetStore", "CLifeline",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        // What tools/bench runs: the cost of the engine and of the journal.
        .executableTarget(
            name: "lifecycle-benchmark",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "LifecycleEngine", "PocketSphinxProvider",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "tools/benchmark/program"
        ),

        // What several test targets share: a manual clock, a journal in memory, real servers.
        .target(
            name: "TestSupport", dependencies: ["ModelLifecycle", "LifecycleEngine", "ModelLifecycleTesting"],
            path: "Tests/TestSupport"),
        .testTarget(
            name: "LifecycleEngineTests",
            dependencies: [
                "ModelLifecycle", "LifecycleEngine", "ModelLifecycleTesting", "TestSupport",
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "ServerProviderTests",
            dependencies: [
                "ModelLifecycle", "ServerProvider", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "StatusServerTests",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "LifecycleEngine", "JournalRendering",
                "StatusServer", "ModelLifecycleTesting", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "FleetStoreTests",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare", "JournalRendering", "FleetStore",
                "JournalMigrations",
                "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ModelFileFormatsTests", dependencies: ["ModelLifecycle", "ModelFileFormats", "TestSupport"]),
        .testTarget(name: "OutputReadingTests", dependencies: ["OutputReading", "TestSupport"]),
        .testTarget(
            name: "JournalRenderingTests",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare", "OutputReading",
                "JournalRendering", "TestSupport",
            ]),
        .testTarget(name: "ModelLifecycleTests", dependencies: ["ModelLifecycle", "TestSupport"]),
        .testTarget(
            name: "PocketSphinxProviderTests", dependencies: ["ModelLifecycle", "PocketSphinxProvider", "TestSupport"]),
        .testTarget(name: "LifelineTests", dependencies: ["modeljournal-lifeline", "TestSupport"]),
        // A model server whose behaviour, mostly bad, is chosen by flags.
        .executableTarget(name: "scripted-server", path: "Tests/scripted-server"),
        .testTarget(name: "ScriptedServerTests", dependencies: ["scripted-server", "TestSupport"]),
        // A process that writes a journal and can be killed at any point.
        .executableTarget(
            name: "journal-actor",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/journal-actor"),
        .testTarget(
            name: "LifecycleJournalTests",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare", "JournalMigrations",
                "HostProcesses", "CSQLiteSettings", "TestSupport", "journal-actor",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "modeljournal", "modeljournal-lifeline", "scripted-server", "ModelLifecycle", "LifecycleJournal",
                "HostProcesses", "JournalReports", "JournalCare", "JournalRendering", "PocketSphinxProvider",
                "ServerProvider", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "ModelLifecycle", "LifecycleJournal", "JournalReports", "JournalCare", "LifecycleEngine",
                "modeljournal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
    if warningsAreErrors { settings.append(.treatAllWarnings(as: .error)) }
    target.swiftSettings = settings
}
