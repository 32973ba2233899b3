import Foundation
import ModelLifecycle

/// How a server is probed, as the journal keeps it; what has its default is left out.
extension ServerConfiguration {
    private enum Key {
        static let readyWhen = "ready_when"
        static let failedWhen = "failed_when"
        static let aliveWhen = "alive_when"
        static let readySuccesses = "ready_successes"
        static let headers = "probe_headers"
        static let method = "probe_method"
        static let body = "probe_body"
        static let bodyFile = "probe_body_file"
        static let certificates = "probe_ca"
        static let isInsecure = "probe_insecure"
        /// A single condition on a ready answer.
        static let readiness = "readiness"
    }

    func recordedProbe(withholding secrets: KnownSecrets) -> [String: String] {
        var options: [String: String] = [:]
        for (key, conditions) in [
            (Key.readyWhen, readyWhen), (Key.failedWhen, failedWhen), (Key.aliveWhen, aliveWhen),
        ] where !conditions.isEmpty {
            options[key] = Self.json(conditions.map { secrets.removed(from: $0.description) })
        }
        // As all journals have it.
        if readyWhen.count == 1, let one = readyWhen.first {
            options[Key.readyWhen] = nil
            options[Key.readiness] = secrets.removed(from: one.description)
        }
        if readySuccesses != 1 { options[Key.readySuccesses] = "\(readySuccesses)" }
        if !probeHeaders.isEmpty { options[Key.headers] = Self.json(probeHeaders.map(\.recorded)) }
        options[Key.method] = probeMethod
        if let probeBodyFile {
            options[Key.bodyFile] = probeBodyFile
        } else if let probeBody {
            options[Key.body] = Redaction.redact(String(decoding: probeBody, as: UTF8.self), knowing: secrets)
        }
        options[Key.certificates] = probeCertificates
        if probeIsInsecure { options[Key.isInsecure] = "true" }
        return options
    }

    /// - Throws: `InvalidServerSetting` if the record is not one of a probe, or a file of it is gone.
    mutating func readProbe(recorded options: [String: String]) throws {
        func list(_ key: String) throws -> [String] {
            guard let text = options[key] else { return [] }
            guard let list = Self.list(text) else { throw Self.damaged(key) }
            return list
        }
        func conditions(_ key: String) throws -> [AnswerCondition] { try list(key).map { try AnswerCondition($0) } }
        readyWhen = try conditions(Key.readyWhen)
        if let one = options[Key.readiness] { readyWhen.append(try AnswerCondition(one)) }
        failedWhen = try conditions(Key.failedWhen)
        aliveWhen = try conditions(Key.aliveWhen)
        if let text = options[Key.readySuccesses] {
            guard let number = Int(text), (1...100).contains(number) else { throw Self.damaged(Key.readySuccesses) }
            readySuccesses = number
        }
        probeHeaders = try list(Key.headers).map { try RequestHeader($0, for: "probe") }
        probeMethod = try options[Key.method].map(Self.method)
        if let file = options[Key.bodyFile] {
            probeBody = try Self.body(file, in: workingDirectory, for: "probe")
            probeBodyFile = file
        } else if let text = options[Key.body] {
            probeBody = Data(text.utf8)
        }
        probeCertificates = options[Key.certificates]
        if let text = options[Key.isInsecure] {
            guard text == "true" else { throw Self.damaged(Key.isInsecure) }
            probeIsInsecure = true
        }
        try checkProbe()
    }

    private static func damaged(_ key: String) -> InvalidServerSetting {
        InvalidServerSetting("the journal's '\(key)' cannot be read: give the command and its options again")
    }
}
