import Foundation
package import Testing

/// PocketSphinx 5, which Debian does not have: `tools/test` builds it.
package enum PocketSphinx5 {
    /// Where it is installed.
    package static let prefix: String? = ProcessInfo.processInfo.environment["MODELJOURNAL_POCKETSPHINX5"].flatMap {
        $0.isEmpty ? nil : $0
    }

    package static var libraryFolder: String { "\(prefix ?? "")/lib" }
    package static var library: String { "\(libraryFolder)/libpocketsphinx.so.5" }
    package static var modelFolder: String { "\(prefix ?? "")/share/pocketsphinx/model/en-us" }
}

extension Trait where Self == ConditionTrait {
    package static var needsPocketSphinx5: Self {
        .enabled(
            if: PocketSphinx5.prefix != nil, "MODELJOURNAL_POCKETSPHINX5 does not name a folder with PocketSphinx 5")
    }
}
