/// Sizes of memory and files for people: `2.0 GB`, `512 MB`, as those who set limits write them (1 GB is 2^30 bytes).
package enum ByteText {
    package static func short(_ bytes: Int64) -> String {
        switch bytes {
        case ..<1024: return "\(max(0, bytes)) bytes"
        case ..<1_048_576: return "\(bytes / 1024) KB"
        case ..<1_073_741_824: return "\(bytes / 1_048_576) MB"
        default:
            let (whole, rest) = bytes.quotientAndRemainder(dividingBy: 1_073_741_824)
            return "\(whole).\(rest * 10 / 1_073_741_824) GB"
        }
    }
}
