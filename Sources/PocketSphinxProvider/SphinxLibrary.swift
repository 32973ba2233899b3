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
    /// that of its interface, as the library does not tell its release. nil if the name holds none.
    package let version: String?

    /// The environment variable that names another file to open.
    package static let environmentVariable = "MODELJOURNAL_POCKETSPHINX_LIBRARY"

    package static var pathFromEnvironment: String? {
        guard let value = getenv(environmentVariable) else { return nil }
        let path = String(cString: value)
        return path.isEmpty ? nil : path
    }

    /// The library at `path`, or the system's.
    /// - Throws: `NotAvailable`, in one line.
    package static func open(path: String?) throws(NotAvailable) -> SphinxLibrary {
        // Opening sets the library's process-wide log function, so it happens once per file.
        try opened.withLock { (opened: inout sending [String: SphinxLibrary]) throws(NotAvailable) -> SphinxLibrary in
            if let library = opened[path ?? ""] { return library }
            var error = [CChar](repeating: 0, count: 1024)
            guard let handle = cps_open(path, &error, error.count) else {
                let bytes = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                throw notAvailable(path: path, because: String(decoding: bytes, as: UTF8.self))
            }
            let library = SphinxLibrary(
                handle: handle, version: versionSuffix(of: String(cString: cps_library_path(handle))))
            opened[path ?? ""] = library
            return library
        }
    }

    private static let opened = Mutex<[String: SphinxLibrary]>([:])

    private static func notAvailable(path: String?, because error: String) -> NotAvailable {
        if let path {
            return NotAvailable("\(path) cannot be used (\(environmentVariable) names it): \(error)")
        }
        guard error.contains("No such file") || error.contains("no such file") else {
            return NotAvailable("\(Platform.libraryName) cannot be used: \(error)")
        }
        return NotAvailable("\(Platform.libraryName) is not installed; install it with: \(Platform.installCommand)")
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
    #if canImport(Darwin)
        static let libraryName = "libpocketsphinx.3.dylib"
        static let installCommand = "brew install cmu-pocketsphinx"
        static let modelFolders = [
            "/opt/homebrew/share/pocketsphinx/model/en-us", "/usr/local/share/pocketsphinx/model/en-us",
        ]
    #else
        static let libraryName = "libpocketsphinx.so.3"
        static let installCommand = "apt-get install libpocketsphinx3 pocketsphinx-en-us"
        static let modelFolders = ["/usr/share/pocketsphinx/model/en-us"]
    #endif
}
