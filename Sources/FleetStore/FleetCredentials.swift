import Foundation

/// Who asks.
package struct FleetCredentials: Sendable {
    var user: String?
    var password: String?

    package init(user: String? = nil, password: String? = nil) {
        self.user = user
        self.password = password
    }

    /// From `MODELJOURNAL_FLEET_USER`, and `MODELJOURNAL_FLEET_PASSWORD` or the file that
    /// `MODELJOURNAL_FLEET_PASSWORD_FILE` names.
    /// - Throws: `FleetError` with kind `usage` where that file cannot be read.
    package init(_ environment: [String: String]) throws {
        user = environment["MODELJOURNAL_FLEET_USER"]
        // As a file's last line may end, so may what was read from one.
        password = environment["MODELJOURNAL_FLEET_PASSWORD"]?.trimmingCharacters(in: .newlines)
        if let file = environment["MODELJOURNAL_FLEET_PASSWORD_FILE"], !file.isEmpty { try read(file) }
        for (name, value) in [("user", user), ("password", password)] {
            // They go into a header, in one line.
            guard value?.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) != true else {
                throw FleetError(.usage, "the \(name) for the store holds a control character")
            }
        }
    }

    private mutating func read(_ file: String) throws {
        guard password == nil else {
            throw FleetError(
                .usage, "MODELJOURNAL_FLEET_PASSWORD and MODELJOURNAL_FLEET_PASSWORD_FILE exclude each other")
        }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw FleetError(.usage, "\(file): the password's file cannot be read")
        }
        password = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
