/// The bytes of a file, wherever they are. Reading is the caller's business: this room does no input or output.
package protocol RandomAccess {
    /// How many there are.
    var size: Int64 { get }
    /// - Returns: at most `count` bytes from there on; fewer, or none, at the end or if they cannot be read.
    func read(at offset: Int64, count: Int) -> [UInt8]
}

/// Bytes in memory.
package struct BytesInMemory: RandomAccess {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var size: Int64 { Int64(bytes.count) }

    package func read(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        let begin = Int(offset)
        return Array(bytes[begin..<min(bytes.count, begin + count)])
    }
}

/// The files in the folder of a model, of which some say more about each other.
package protocol ModelFolder {
    /// The names of the files that lie in the folder itself, sorted.
    var names: [String] { get }
    /// - Returns: nil if there is no such file, or it cannot be read.
    func file(_ name: String) -> (any RandomAccess)?
    /// - Returns: nil if there is no such file.
    func size(_ name: String) -> Int64?
}

/// A folder in which nothing else is looked at.
package struct NoFolder: ModelFolder {
    package init() {}

    package var names: [String] { [] }
    package func file(_ name: String) -> (any RandomAccess)? { nil }
    package func size(_ name: String) -> Int64? { nil }
}
