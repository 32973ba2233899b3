package import Foundation
import NIOSSL

extension ServerConfiguration {
    /// The first condition on a ready answer; setting it replaces them all.
    public var readiness: AnswerCondition? {
        get { readyWhen.first }
        set { readyWhen = newValue.map { [$0] } ?? [] }
    }

    /// Asks somewhere else than the preset does.
    package mutating func replaceProbe(_ target: ProbeTarget) {
        if target == .auto {
            // A preset knows better what to ask, and finds the place by itself.
            if probe == nil { (probe, followsServer) = (.auto, true) }
            return
        }
        defer {
            probe = target
            followsServer = false
        }
        if let old = probe, let new = target.address {
            warmup = warmup?.moved(from: old, toHost: new.host, port: new.port)
        }
        // The conditions are about the answer of one path; on another port it is the same one.
        if case .http(let old) = probe, case .http(let new) = target, old.path == new.path { return }
        (readyWhen, failedWhen, aliveWhen) = ([], [], [])
        (probeMethod, probeBody, probeBodyFile) = (nil, nil, nil)
    }

    /// - Throws: `InvalidServerSetting` if a setting does not fit the kind of probe, or cannot be used.
    package func checkProbe() throws {
        let kind = probe?.kind
        for (option, isGiven, kinds, words) in [
            ("--probe-method", probeMethod != nil, [.http], "over HTTP"),
            ("--probe-body", probeBody != nil, [.http], "over HTTP"),
            ("--probe-header", !probeHeaders.isEmpty, [.http, .webSocket], "over HTTP or WebSocket"),
            ("--ready-when", !readyWhen.isEmpty, [.http, .wyoming], "over HTTP or Wyoming"),
            ("--failed-when", !failedWhen.isEmpty, [.http, .wyoming], "over HTTP or Wyoming"),
            ("--alive-when", !aliveWhen.isEmpty, [.http, .wyoming], "over HTTP or Wyoming"),
        ] as [(String, Bool, [ProbeTarget.Kind], String)] where isGiven {
            guard let kind else { throw InvalidServerSetting("\(option) needs --probe or --preset") }
            guard kinds.contains(kind) else { throw InvalidServerSetting("\(option) is for a probe \(words)") }
        }
        if kind != .http, (readyWhen + failedWhen + aliveWhen).contains(where: \.isAboutStatus) {
            throw InvalidServerSetting("a condition on http is for a probe over HTTP")
        }
        for (option, isGiven) in [("--probe-ca", probeCertificates != nil), ("--probe-insecure", probeIsInsecure)]
        where isGiven {
            guard probe?.isEncrypted ?? false else {
                throw InvalidServerSetting("\(option) is for a probe with https:// or wss://")
            }
        }
        guard probeCertificates == nil || !probeIsInsecure else {
            throw InvalidServerSetting("--probe-insecure checks no certificate: omit --probe-ca")
        }
        try checkCertificates()
    }

    private func checkCertificates() throws {
        guard let probeCertificates, let file = certificateFile else { return }
        guard FileManager.default.fileExists(atPath: file) else {
            throw InvalidServerSetting("the certificate file \(probeCertificates) does not exist", isMissingFile: true)
        }
        let certificates = (try? NIOSSLCertificate.fromPEMFile(file)) ?? []
        guard !certificates.isEmpty else {
            throw InvalidServerSetting("\(probeCertificates) has no certificate in PEM format")
        }
    }

    /// Where the certificates are; nil if none are given.
    var certificateFile: String? { probeCertificates.map { ServerCommand.path($0, in: workingDirectory) } }

    /// - Parameter text: as the command line takes it.
    /// - Throws: `InvalidServerSetting` if it cannot be the method of a probe.
    package static func method(_ text: String) throws -> String {
        let method = text.uppercased()
        guard RequestHeader.isToken(method), method != "CONNECT" else {
            throw InvalidServerSetting("'\(text)' is not a method for a probe: write for example GET, HEAD or POST")
        }
        return method
    }

    /// - Parameters:
    ///   - path: of a file that is sent.
    ///   - role: what it is for, in the error.
    /// - Throws: `InvalidServerSetting` if the file cannot be read.
    package static func body(_ path: String, in directory: String? = nil, for role: String) throws -> Data {
        var isFolder: ObjCBool = false
        let place = ServerCommand.path(path, in: directory)
        if FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue {
            throw InvalidServerSetting("the \(role) body \(path) is a directory, not a file")
        }
        guard let data = FileManager.default.contents(atPath: place) else {
            throw InvalidServerSetting("the \(role) body \(path) cannot be read", isMissingFile: true)
        }
        return data
    }
}
