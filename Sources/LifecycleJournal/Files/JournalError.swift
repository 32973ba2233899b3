import Foundation
import GRDB

/// What went wrong with a journal: which kind, which file, and what to do, in one line.
public struct JournalError: Error, Sendable {
    /// Which kind of trouble, for a program that has to decide what to do.
    public enum Code: Sendable, Hashable {
        /// There is no such file or directory.
        case notFound
        /// Not an SQLite file, another program's SQLite file, a directory.
        case notAJournal
        /// A journal, whose content is not what was written.
        case damaged
        /// What was given to be read, other than a journal, is not what it should be.
        case invalidData
        /// Written by a newer version of this program.
        case newerVersion
        /// There is no journal, and none can be made here.
        case cannotCreate
        /// A network file system, on which a journal cannot be written safely.
        case unsuitableFileSystem
        /// The file or its directory may not be read or written.
        case permissionDenied
        /// The file system has no space left.
        case diskFull
        /// The disk is failing, or SQLite reported something that no other code says.
        case inputOutput
        /// The file is locked, or another engine drives the model.
        case busy
        /// What was asked for makes no sense, e.g. SQL with an error.
        case invalidRequest
    }

    /// Which kind of trouble.
    public var code: Code
    /// The journal.
    public var path: String
    /// What is wrong and what to do about it, without the path, in one line.
    public var message: String

    /// - Parameters:
    ///   - code: which kind of trouble.
    ///   - path: the journal.
    ///   - message: what is wrong and what to do, in one line, without the path.
    public init(_ code: Code, _ path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }
}

extension JournalError: CustomStringConvertible {
    /// Path and message, in one line.
    public var description: String { "\(path): \(message)" }
}

extension JournalError {
    /// - Parameter what: is wrong with the journal.
    package static func damaged(_ path: String, _ what: String) -> JournalError {
        JournalError(.damaged, path, "the journal is damaged: \(what); `modeljournal verify` says more")
    }

    /// Says in this program's words what SQLite reported.
    package init(_ error: any Error, path: String) {
        switch error {
        case let error as JournalError: self = error
        case let error as DatabaseError: self.init(error, path: path)
        default: self.init(.inputOutput, path, String(describing: error))
        }
    }

    /// What a running engine was told, which looked at the journal when it opened it. SQLite takes some reads that
    /// fail for damage, and nobody should throw a journal away because a disk failed for a moment.
    package init(whileServing error: any Error, path: String) {
        self.init(error, path: path)
        guard let error = error as? DatabaseError, code == .damaged else { return }
        self.init(
            .inputOutput, path,
            "the disk is failing, or the journal was damaged while it was open (\(error.message ?? "SQLITE_CORRUPT")); "
                + "`modeljournal verify` tells")
    }

    private init(_ error: DatabaseError, path: String) {
        let detail = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_NOTADB:
            self.init(.notAJournal, path, "not a journal: not an SQLite file")
        case .SQLITE_CORRUPT, .SQLITE_FORMAT,
            // Said of the header's number for it, under the code for all kinds of errors.
            .SQLITE_ERROR where detail == "unsupported file format":
            self.init(.damaged, path, "the journal is damaged (\(detail)); keep the file and its -wal together")
        case .SQLITE_FULL:
            self.init(.diskFull, path, "the disk is full; free some space and try again")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, path, "another process holds the journal; try again")
        case .SQLITE_READONLY where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK:
            self.init(
                .inputOutput, path,
                "another program was interrupted while it wrote the journal; the next `modeljournal run` undoes that")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.permissionDenied, path, "no permission to write the journal (\(detail))")
        case .SQLITE_CANTOPEN:
            self.init(.permissionDenied, path, "cannot open the journal; check the permissions of it and its directory")
        case .SQLITE_IOERR:
            let code = error.extendedResultCode.rawValue
            self.init(.inputOutput, path, "the disk is full or failing (\(detail), SQLite code \(code))")
        default:
            self.init(.inputOutput, path, "SQLite failed: \(detail)")
        }
    }
}

/// Runs `body`, whose errors come out as `JournalError`.
package func journalErrors<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw JournalError(error, path: path) }
}
