import Foundation

/// An amount of memory, for people: `500 MB`, `2.0 GB`.
enum ByteText {
    static func of(_ bytes: Int64) -> String {
        bytes < 1 << 30 ? "\(bytes >> 20) MB" : String(format: "%.1f GB", Double(bytes) / Double(1 << 30))
    }
}
