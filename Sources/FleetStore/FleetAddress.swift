import Foundation

/// A database in a ClickHouse server: `http://HOST:PORT/DATABASE`, or `https`. User and password are no part of it: whoever
/// may list processes would read them.
package struct FleetAddress: Sendable, Hashable, CustomStringConvertible {
    package var scheme: String
    package var host: String
    package var port: Int
    package var database: String

    /// - Throws: `FleetError` with kind `usage`.
    package init(_ text: String) throws {
        func refused(_ why: String) -> FleetError {
            FleetError(.usage, "\(why); a store is http://HOST:PORT/DATABASE, or https")
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else { throw refused("no address of a store") }
        guard parts.user == nil, parts.password == nil else {
            throw FleetError(
                .usage,
                "a user and a password do not belong into the address: MODELJOURNAL_FLEET_USER and "
                    + "MODELJOURNAL_FLEET_PASSWORD, or MODELJOURNAL_FLEET_PASSWORD_FILE")
        }
        guard parts.query == nil, parts.fragment == nil else { throw refused("an address has no ? and no #") }
        if let port = parts.port, !(1...65_535).contains(port) { throw refused("a port is a number from 1 to 65535") }
        let database = parts.path.hasPrefix("/") ? String(parts.path.dropFirst()) : parts.path
        guard Self.isName(database) else { throw refused("a database has letters, digits and _ in its name") }
        self.scheme = scheme
        self.host = host
        port = parts.port ?? (scheme == "https" ? 8443 : 8123)
        self.database = database
    }

    /// What may stand in a statement without quotes.
    package static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
        let isFine = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return isFine && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    }

    package var description: String {
        "\(scheme)://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host):\(port)/\(database)"
    }
}
