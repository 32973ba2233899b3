internal import CPocketSphinx
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// libpocketsphinx, opened. It stays open for the life of the process.
package struct SphinxLibrary: @unchecked Sendable {
    // Safe: the shim never changes it after opening.
    let handle: OpaquePointer

    /// The version in the name of the library's file, e.g. `3.0.0` of `libpocketsphinx.so.3.0.0`:
    /// that of its interface, as the library does not tell its release. Release 5.1.1 is 5.0.0.
    /// nil if the name holds none.
    package let version: String?

    /// The folder of the English model that was installed with the library; nil if the library names none.
    package let modelFolder: String?

    /// The environment variable that names another file to open.
    package static let environmentVariable = "MODELJOURNAL_POCKETSPHINX_LIBRARY"

    package static var pathFromEnvironment: String? {
        guard let value = getenv(environmentVariable) else { return nil }
        let path = String(cString: value)
        return path.isEmpty ? nil : path
    }

    /// The library at `path`; without one the newest of the system's that works.
    /// - Throws: `NotAvailable`, in one line.
    package static func open(path: String?) throws(NotAvailable) -> SphinxLibrary {
        // Opening sets the library's process-wide log function, so it happens once per file.
        try opened.withLock { (opened: inout sending [String: SphinxLibrary]) throws(NotAvailable) -> SphinxLibrary in
            if let library = opened[path ?? ""] { return library }
            let library = if let path { try open(named: path) } else { try openNewest() }
            opened[path ?? ""] = library
            return library
        }
    }

    private static let opened = Mutex<[String: SphinxLibrary]>([:])

    private static func open(named path: String) throws(NotAvailable) -> SphinxLibrary {
        do throws(OpeningFailure) {
            return try SphinxLibrary(opening: path)
        } catch {
            throw NotAvailable("\(path) cannot be used (\(environmentVariable) names it): \(error.reason)")
        }
    }

    private static func openNewest() throws(NotAvailable) -> SphinxLibrary {
        var unusable: NotAvailable?
        for name in Platform.libraryNames {
            do throws(OpeningFailure) {
                return try SphinxLibrary(opening: name)
            } catch {
                if !error.isMissingFile, unusable == nil {
                    unusable = NotAvailable("\(name) cannot be used: \(error.reason)")
                }
            }
        }
        throw unusable
            ?? NotAvailable("\(Platform.packagedLibrary) is not installed; install it with: \(Platform.installCommand)")
    }

    private struct OpeningFailure: Error {
        let reason: String
        var isMissingFile: Bool { reason.contains("No such file") || reason.contains("no such file") }
    }

    private init(opening path: String) throws(OpeningFailure) {
        var error = [CChar](repeating: 0, count: 1024)
        guard let handle = cps_open(path, &error, error.count) else {
            let bytes = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw OpeningFailure(reason: String(decoding: bytes, as: UTF8.self))
        }
        self.handle = handle
        version = Self.versionSuffix(of: String(cString: cps_library_path(handle)))
        modelFolder = cps_library_models(handle).map { "\(String(cString: $0))/en-us" }
    }

    /// The trailing numbers of a library's file name: `libx.so.3.0.0` and `libx.3.0.0.dylib`.
    package static func versionSuffix(of path: String) -> String? {
        var parts = path.split(separator: "/").last?.split(separator: ".") ?? []
        if parts.last == "dylib" { parts.removeLast() }
        let numbers = parts.reversed().prefix { $0.allSatisfy { ("0"..."9").contains($0) } }.reversed()
        return numbers.isEmpty ? nil : numbers.joined(separator: ".")
    }
}

/// Why nothing can be loaded here, and what to do about it, in one line.
package struct NotAvailable: Error, Hashable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// What differs between the systems.
enum Platform {
    // The library's names and places, the newest release first.
    #if canImport(Darwin)
        static let libraryNames = ["5", "3"].flatMap { release in
            ["", "/opt/homebrew/lib/", "/usr/local/lib/"].map { "\($0)libpocketsphinx.\(release).dylib" }
        }
        static let packagedLibrary = "libpocketsphinx.3.dylib"
        static let installCommand = "brew install cmu-pocketsphinx"
        static let modelFolders = [
            "/opt/homebrew/share/pocketsphinx/model/en-us", "/usr/local/share/pocketsphinx/model/en-us",
        ]
    #else
        static let libraryNames = ["libpocketsphinx.so.5", "libpocketsphinx.so.3"]
        static let packagedLibrary = "libpocketsphinx.so.3"
        static let installCommand = "apt-get install libpocketsphinx3 pocketsphinx-en-us"
        static let modelFolders = ["/usr/share/pocketsphinx/model/en-us", "/usr/local/share/pocketsphinx/model/en-us"]
    #endif
}
