import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import ServerProvider

private let openSSL = "/usr/bin/openssl"

/// Against servers with certificates that `openssl` makes for the test.
@Suite(
    "Certificates", .turn(of: "ServerProviderTests"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: openSSL)))
struct CertificateTests {
    @Test func aSelfSignedCertificateIsNamedAndCanBeTrusted() async throws {
        try await withFolder { folder in
            let own = try certificate(folder, "own", name: "localhost", hosts: "DNS:localhost,IP:127.0.0.1")
            let server = try await TLSServer(own)
            let untrusted = try await ask("https://127.0.0.1:\(server.port)/", [:])
            #expect(
                untrusted.summary.hasSuffix(": its TLS certificate is not trusted: it is self-signed (CN=localhost)"),
                "\(untrusted.summary)")
            let trusted = try await ask("https://127.0.0.1:\(server.port)/", ["SSL_CERT_FILE": own.chain])
            #expect(trusted.isReady, "\(trusted.summary)")
            let missing = try await ask("https://127.0.0.1:\(server.port)/", ["SSL_CERT_FILE": "/nowhere.pem"])
            #expect(missing.summary.contains("SSL_CERT_FILE"), "\(missing.summary)")
            // One address that no certificate names here.
            let wrong = try await ask("https://[::1]:\(server.port)/", ["SSL_CERT_FILE": own.chain])
            #expect(
                wrong.summary.hasSuffix(
                    ": its TLS certificate is not valid for ::1 (valid for localhost, 127.0.0.1)"), "\(wrong.summary)")
            // Without TLS.
            let plain = try await ask("http://127.0.0.1:\(server.port)/", [:])
            #expect(plain.summary.hasSuffix(": the server speaks TLS: use https://"), "\(plain.summary)")
            await server.stop()
        }
    }

    /// Of the probe alone, in HTTP and in a WebSocket handshake.
    @Test(arguments: [("https", "answered 200"), ("wss", "answered 200")])
    func aProbesOwnCertificateIsTrustedOrNoneIsChecked(scheme: String, words: String) async throws {
        try await withFolder { folder in
            let own = try certificate(folder, "own", name: "localhost", hosts: "IP:127.0.0.1")
            let server = try await TLSServer(own)
            var configuration = ServerConfiguration(
                command: ["s"], probe: try ProbeTarget("\(scheme)://127.0.0.1:\(server.port)/"))
            configuration.probeTimeout = .seconds(60)
            configuration.workingDirectory = folder.path
            let http = HTTPExchange(trust: TrustedCertificates(environment: [:]))
            let untrusted = await configuration.prober(http: http)?.ask()
            #expect(untrusted?.summary.contains("its TLS certificate is not trusted: it is self-signed") == true)
            configuration.probeCertificates = "own.pem"
            try configuration.checkProbe()
            let trusted = await configuration.prober(http: http)?.ask()
            #expect(trusted?.summary.contains(words) == true, "\(String(describing: trusted))")
            #expect(trusted?.summary.contains("not checked") == false)
            configuration.probeCertificates = nil
            configuration.probeIsInsecure = true
            let unchecked = await configuration.prober(http: http)?.ask()
            #expect(
                unchecked?.summary.contains("\(words) (certificate not checked)") == true,
                "\(String(describing: unchecked))")
            // For another host than it names.
            let target = try ProbeTarget("\(scheme)://[::1]:\(server.port)/")
            let other = await configuration.prober(http: http, at: target)?.ask()
            #expect(other?.summary.contains("(certificate not checked)") == true, "\(String(describing: other))")
            await http.shutDown()
            await server.stop()
        }
    }

    @Test func aFolderOfCertificatesIsTrusted() async throws {
        try await withFolder { folder in
            let own = try certificate(folder, "own", name: "localhost", hosts: "IP:127.0.0.1")
            let trusted = folder.appending(path: "trusted")
            try FileManager.default.createDirectory(at: trusted, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: own.chain, toPath: trusted.appending(path: "0a1b2c3d.0").path)
            try Data("no certificate".utf8).write(to: trusted.appending(path: "0a1b2c3d.1"))
            let server = try await TLSServer(own)
            let answer = try await ask(
                "https://127.0.0.1:\(server.port)/", ["SSL_CERT_DIR": "/nowhere:\(trusted.path)"])
            #expect(answer.isReady, "\(answer.summary)")
            await server.stop()
        }
    }

    @Test func anotherIssuerIsNamed() async throws {
        try await withFolder { folder in
            let issuer = try certificate(folder, "issuer", name: "Corp CA", hosts: nil)
            let leaf = try certificate(folder, "leaf", name: "leaf", hosts: "IP:127.0.0.1", issuer: issuer)
            let server = try await TLSServer(leaf)
            let answer = try await ask("https://127.0.0.1:\(server.port)/", [:])
            #expect(
                answer.summary.hasSuffix(": its issuer CN=Corp CA is not among the trusted ones"), "\(answer.summary)")
            await server.stop()
        }
    }

    @Test func timesAreReadFromACertificate() async throws {
        try await withFolder { folder in
            let files = try certificate(folder, "own", name: "n\u{7}ame", hosts: "DNS:a.example,IP:::1")
            let encoded = try NIOSSLCertificate.fromPEMFile(files.chain)[0].toDERBytes()
            let start = Date(timeIntervalSince1970: 1_767_225_600)
            let end = start + 86_400
            let own = try #require(PeerCertificate(encoded, notBefore: start, notAfter: end))
            #expect(own.isSelfSigned && own.hosts == ["a.example", "::1"] && own.subject == "n?ame")
            #expect(own.complaint(now: end + 1) == "it expired on 2026-01-02")
            #expect(own.complaint(now: start - 1) == "it is not valid before 2026-01-01")
            // A server may send anything.
            for count in 0..<encoded.count {
                _ = PeerCertificate(Array(encoded.prefix(count)), notBefore: start, notAfter: end)
            }
            for index in encoded.indices {
                for value: UInt8 in [0, 0x7F, 0x80, 0x84, 0xFF] {
                    var damaged = encoded
                    damaged[index] = value
                    _ = PeerCertificate(damaged, notBefore: start, notAfter: end)
                }
            }
        }
    }

    // MARK: -

    struct Files: Sendable {
        var chain: String
        var key: String
    }

    private func ask(_ address: String, _ environment: [String: String]) async throws -> ProbeAnswer {
        let http = HTTPExchange(trust: TrustedCertificates(environment: environment))
        let url = try #require(URL(string: address))
        let answer = await HTTPProber(url: url, timeout: .seconds(60), http: http).ask()
        await http.shutDown()
        return answer
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "modeljournal-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private func certificate(
        _ folder: URL, _ file: String, name: String, hosts: String?, issuer: Files? = nil
    ) throws -> Files {
        let files = Files(
            chain: folder.appending(path: "\(file).pem").path, key: folder.appending(path: "\(file).key").path)
        var arguments = [
            openSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", files.key, "-out", files.chain, "-days", "2", "-subj", "/CN=\(name)",
        ]
        if let hosts { arguments += ["-addext", "subjectAltName=\(hosts)"] }
        if let issuer { arguments += ["-CA", issuer.chain, "-CAkey", issuer.key] }
        let process = try Spawn.start(arguments, streams: Spawn.Streams())
        var status: Int32 = 0
        waitpid(process, &status, 0)
        try #require(status == 0, "openssl")
        return files
    }
}

/// Answers each request with 200, over TLS, on both loopback addresses.
private final class TLSServer: Sendable {
    let port: Int
    private let channels: [any Channel]

    init(_ files: CertificateTests.Files) async throws {
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(files.chain).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))))
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLServerHandler(context: context), AnswersEverything(),
                    ])
                }
            }
        let first = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        port = first.localAddress?.port ?? 0
        channels = [first, try await bootstrap.bind(host: "::1", port: port).get()]
    }

    func stop() async { for channel in channels { try? await channel.close().get() } }
}

private final class AnswersEverything: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
