import Foundation
import NIOSSL

/// Whose certificates are trusted: the system's, and those that the environment names as it does for OpenSSL.
struct TrustedCertificates: Sendable, Hashable {
    private let file: String?
    private let folders: [String]
    /// Another PEM file of certificates.
    private var ownFile: String?
    /// Any certificate is accepted.
    private(set) var isUnchecked = false

    /// - Parameter environment: `SSL_CERT_FILE` names a PEM file, `SSL_CERT_DIR` folders as `openssl rehash` makes them,
    ///   with colons between them.
    init(environment: [String: String]) {
        file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        folders = (environment["SSL_CERT_DIR"] ?? "").split(separator: ":").map(String.init)
    }

    static let ofEnvironment = TrustedCertificates(environment: ProcessInfo.processInfo.environment)

    /// The same with more.
    /// - Parameters:
    ///   - file: a PEM file of certificates; nil for none.
    ///   - isUnchecked: accepts any certificate.
    func adding(_ file: String?, isUnchecked: Bool) -> TrustedCertificates {
        var trust = self
        trust.ownFile = file
        trust.isUnchecked = isUnchecked
        return trust
    }

    /// Reads the folders; the library reads the files, and refuses each connection if it cannot.
    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // The library takes a file here, but no folder.
        configuration.additionalTrustRoots =
            [file, ownFile].compactMap { $0.map { .file($0) } }
            + [.certificates(folders.flatMap(Self.certificates))]
        if isUnchecked { configuration.certificateVerification = .none }
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
