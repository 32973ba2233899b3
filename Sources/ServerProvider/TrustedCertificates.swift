import Foundation
import NIOSSL

/// Whose certificates are trusted: the system's, and those that the environment names as it does for OpenSSL.
struct TrustedCertificates: Sendable {
    private let file: String?
    private let folders: [String]

    /// - Parameter environment: `SSL_CERT_FILE` names a PEM file, `SSL_CERT_DIR` folders as `openssl rehash` makes them,
    ///   with colons between them.
    init(environment: [String: String]) {
        file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        folders = (environment["SSL_CERT_DIR"] ?? "").split(separator: ":").map(String.init)
    }

    static let ofEnvironment = TrustedCertificates(environment: ProcessInfo.processInfo.environment)

    /// Reads the folders; the library reads the file, and refuses each connection if it cannot.
    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // The library takes a file here, but no folder.
        configuration.additionalTrustRoots =
            (file.map { [.file($0)] } ?? [])
            + [.certificates(folders.flatMap(Self.certificates))]
        return configuration
    }

    /// As OpenSSL does, only files whose name is a hash are read; what is not a certificate is passed over.
    private static func certificates(in folder: String) -> [NIOSSLCertificate] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter(isHash).flatMap { name in
            (try? NIOSSLCertificate.fromPEMFile("\(folder)/\(name)")) ?? []
        }
    }

    private static func isHash(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count == 8 && parts[0].allSatisfy(\.isHexDigit)
            && !parts[1].isEmpty && parts[1].allSatisfy(\.isNumber)
    }
}
