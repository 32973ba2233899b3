import Foundation
import ModelLifecycle

/// How a server is probed, as the journal keeps it; what has its default is left out.
extension ServerConfiguration {
    func addProbe(to record: inout ServerRecord, withholding secrets: KnownSecrets) {
        let lists: [(ServerRecord.Key, [AnswerCondition])] = [
            (.readyWhen, readyWhen), (.failedWhen, failedWhen), (.aliveWhen, aliveWhen),
        ]
        for (key, conditions) in lists where !conditions.isEmpty {
            record[key] = Self.json(conditions.map { secrets.removed(from: $0.description) })
        }
        if readyWhen.count == 1, let one = readyWhen.first {
            record[.readyWhen] = nil
            record[.readiness] = secrets.removed(from: one.description)
        }
        if readySuccesses != ServerRecord.Usual.readySuccesses { record[.readySuccesses] = "\(readySuccesses)" }
        if !probeHeaders.isEmpty { record[.probeHeaders] = Self.json(probeHeaders.map(\.recorded)) }
        record[.probeMethod] = probeMethod
        if let probeBodyFile {
            record[.probeBodyFile] = probeBodyFile
        } else if let probeBody {
            record[.probeBody] = Redaction.redact(String(decoding: probeBody, as: UTF8.self), knowing: secrets)
        }
        record[.probeCertificates] = probeCertificates
        if probeIsInsecure { record[.probeIsInsecure] = ServerRecord.yes }
    }

    /// - Throws: `InvalidServerSetting` if the record is not one of a probe, or a file of it is gone.
    mutating func readProbe(_ record: ServerRecord) throws {
        func list(_ key: ServerRecord.Key) throws -> [String] {
            guard let text = record[key] else { return [] }
            guard let list = Self.list(text) else { throw Self.damaged(key) }
            return list
        }
        func conditions(_ key: ServerRecord.Key) throws -> [AnswerCondition] {
            try list(key).map { try AnswerCondition($0) }
        }
        readyWhen = try conditions(.readyWhen)
        if let one = record[.readiness] { readyWhen.append(try AnswerCondition(one)) }
        failedWhen = try conditions(.failedWhen)
        aliveWhen = try conditions(.aliveWhen)
        if let text = record[.readySuccesses] {
            guard let number = Int(text), (1...100).contains(number) else { throw Self.damaged(.readySuccesses) }
            readySuccesses = number
        }
        probeHeaders = try list(.probeHeaders).map { try RequestHeader($0, for: "probe") }
        probeMethod = try record[.probeMethod].map(Self.method)
        if let file = record[.probeBodyFile] {
            probeBody = try Self.body(file, in: workingDirectory, for: "probe")
            probeBodyFile = file
        } else if let text = record[.probeBody] {
            probeBody = Data(text.utf8)
        }
        probeCertificates = record[.probeCertificates]
        if let text = record[.probeIsInsecure] {
            guard text == ServerRecord.yes else { throw Self.damaged(.probeIsInsecure) }
            probeIsInsecure = true
        }
        try checkProbe()
    }

    private static func damaged(_ key: ServerRecord.Key) -> InvalidServerSetting {
        InvalidServerSetting("the journal's '\(key.rawValue)' cannot be read: give the command and its options again")
    }
}
