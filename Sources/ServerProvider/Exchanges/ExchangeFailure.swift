import AsyncHTTPClient
import Foundation
import ModelLifecycle
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL

/// Why a request to a server has no whole answer.
enum ExchangeFailure: Hashable {
    /// No whole answer within the time.
    case late
    /// The connection was closed or reset before the answer was complete.
    case closed
    /// What came is not HTTP.
    case notHTTP
    /// No certificate that is trusted vouches for the server's own.
    case untrusted
    /// The server's certificate is for other hosts.
    case wrongHost
    /// The connection could not be encrypted.
    case tls(String)
    /// In the words of the system, or of a library.
    case other(String)

    init(_ error: any Error) {
        switch error {
        case let error as HTTPClientError
        where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout
            || error == .tlsHandshakeTimeout:
            self = .late
        case let error as HTTPClientError where error == .remoteConnectionClosed: self = .closed
        case let error as HTTPParserError: self = error == .invalidEOFState ? .closed : .notHTTP
        case let error as IOError: self = Self.ofSystem(error)
        case let error as NIOConnectionError:
            if let cause = error.connectionErrors.first?.error as? IOError {
                self = Self.ofSystem(cause)
            } else if error.connectionErrors.isEmpty {
                self = .other("the host \(error.host) could not be found")
            } else {
                self = .late
            }
        case let error as ChannelError:
            switch error {
            case .connectTimeout: self = .late
            // The server closed the connection while the request was being written.
            case .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed, .eof: self = .closed
            default: self = .other("\(error)")
            }
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: self = .wrongHost
        case let error as NIOSSLError: self = Self.ofTLS(error)
        case let error as BoringSSLError: self = Self.ofTLS(error)
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            self = .other("the answer's body could not be decompressed")
        case is CancellationError: self = .other("cancelled")
        default: self = .other("\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }

    /// In a few words.
    func words(timeout: Duration) -> String {
        switch self {
        case .late: "no answer within \(timeout.brief)"
        case .closed: "the connection was closed before the answer was complete"
        case .notHTTP: "the answer is not HTTP"
        case .untrusted: "its TLS certificate is not trusted"
        case .wrongHost: "its TLS certificate is not valid for this host"
        case .tls(let reason): "the TLS handshake failed: \(reason)"
        case .other(let words): words
        }
    }

    private static func ofSystem(_ error: IOError) -> ExchangeFailure {
        switch error.errnoCode {
        case ECONNRESET, EPIPE: .closed
        case ETIMEDOUT: .late
        default: .other(String(cString: strerror(error.errnoCode)))
        }
    }

    private static func ofTLS(_ error: NIOSSLError) -> ExchangeFailure {
        switch error {
        case .handshakeFailed(let cause), .shutdownFailed(let cause): ofTLS(cause)
        case .unableToValidateCertificate, .noCertificateToValidate: .untrusted
        case .uncleanShutdown: .closed
        case .noSuchFilesystemObject, .failedToLoadCertificate:
            .other("the certificates that --probe-ca, SSL_CERT_FILE or SSL_CERT_DIR names cannot be read")
        default: .tls("\(error)")
        }
    }

    /// The library names its source file and a line of it; the reason is between its own name and those.
    private static func ofTLS(_ error: BoringSSLError) -> ExchangeFailure {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return .untrusted }
        if text.contains("EOF during handshake") { return .closed }
        let mark = "OPENSSL_internal:"
        guard let start = text.range(of: mark)?.upperBound else { return .tls("the server broke it off") }
        let reason = text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        if reason.contains("CERTIFICATE_REQUIRED") { return .tls("the server wants a client certificate") }
        return .tls(reason.replacing("_", with: " ").lowercased())
    }
}

/// What went wrong between us and a server, in a few words.
func describe(_ error: any Error, timeout: Duration) -> String { ExchangeFailure(error).words(timeout: timeout) }
