// swift-tools-version: 6.2
import PackageDescription

// Continuous integration turns every warning into an error.
let warningsAreErrors = Context.environment["MODELJOURNAL_WARNINGS_AS_ERRORS"] == "1"

let package = Package(
    name: "modeljournal-examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        // In a package of your own: .package(url: …, from: "0.1.0") with the address of the repository.
        .package(name: "modeljournal", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // A small model and its provider.
        .target(
            name: "ToneTable",
            dependencies: [.product(name: "ModelLifecycle", package: "modeljournal")]
        ),
        // A command-line tool that brings the model to READY, uses it and unloads it.
        .executableTarget(
            name: "tones",
            dependencies: [
                "ToneTable",
                .product(name: "ModelLifecycle", package: "modeljournal"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // A server that holds the model, and answers only when it is READY.
        .executableTarget(
            name: "tone-server",
            dependencies: [
                "ToneTable",
                .product(name: "ModelLifecycle", package: "modeljournal"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        // How a program that embeds the engine is tested, without a model.
        .testTarget(
            name: "LifecycleTests",
            dependencies: [
                .product(name: "ModelLifecycle", package: "modeljournal"),
                .product(name: "ModelLifecycleTesting", package: "modeljournal"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where warningsAreErrors { target.swiftSettings = [.treatAllWarnings(as: .error)] }
