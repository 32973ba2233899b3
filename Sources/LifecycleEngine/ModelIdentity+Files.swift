import Foundation
import ModelLifecycle

extension ModelIdentity {
    /// More files than this in a folder are not counted: it is no model's.
    private static let limit = 10_000

    /// Looks at a model's file, or at all files of its folder.
    /// - Returns: nil where there is nothing.
    init?(of path: String) {
        let manager = FileManager.default
        guard
            let attributes = try? manager.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        else { return nil }
        self.init(bytes: 0, modifiedAt: WallTime(microseconds: 0))
        guard attributes[.type] as? FileAttributeType == .typeDirectory else {
            add(attributes)
            return
        }
        guard let files = manager.enumerator(atPath: path) else { return nil }
        var count = 0
        while count < Self.limit, files.nextObject() != nil {
            count += 1
            if let found = files.fileAttributes, found[.type] as? FileAttributeType == .typeRegular { add(found) }
        }
    }

    private mutating func add(_ attributes: [FileAttributeKey: Any]) {
        bytes += (attributes[.size] as? NSNumber)?.int64Value ?? 0
        guard let date = attributes[.modificationDate] as? Date else { return }
        modifiedAt = max(modifiedAt, WallTime(microseconds: Int64(date.timeIntervalSince1970 * 1_000_000)))
    }
}
