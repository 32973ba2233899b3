/// Checks `sendump`, the mixture weights in their compressed form: the library copies the strings
/// of its header into a buffer of 1000 bytes, whatever their length.
///
/// - Parameter densities: how many densities each codebook of the means has.
func checkSenoneDump(_ path: String, senones: Int?, densities: Int?) throws(DamagedModel) {
    var file = try ModelBytes(path: path)
    let firstLength = try file.int32("its header")
    if !(1...999).contains(firstLength) { file.bigEndian.toggle() }
    file.rewind()

    var settings: [String: Int] = [:]
    var strings = 0
    while true {
        let length = try file.int32("its header")
        // Only what follows the title and the first line may end the header.
        if length == 0, strings >= 2 { break }
        guard (1...999).contains(length) else {
            // The library says so itself for the title.
            if strings == 0 { return }
            throw file.damaged("its header makes no sense")
        }
        let start = file.position
        try file.skip(length, "its header")
        // Strings end in a zero byte, but for those that only fill up.
        let words = String(decoding: file.bytes[start..<(start + length)].prefix { $0 != 0 }, as: UTF8.self)
            .split(separator: " ")
        if words.count == 2, let value = Int(words[1]) { settings[String(words[0])] = value }
        strings += 1
    }

    var rows = settings["mixture_count"] ?? densities ?? 0
    var columns = settings["model_count"] ?? senones ?? 0
    let clusters = settings["cluster_count"] ?? 0
    if clusters == 0 {
        rows = try file.int32("its header")
        columns = try file.int32("its header")
    } else {
        try file.skip(clusters == 15 ? 16 : clusters, "its header")
    }
    if let senones, columns != senones {
        throw file.damaged("it is for \(columns) senones, the model has \(senones)")
    }
    if let densities, rows != densities {
        throw file.damaged("it is for \(rows) densities, the model has \(densities)")
    }
    let step = settings["cluster_bits"] == 4 ? (columns + 1) / 2 : columns
    guard let size = product(settings["feature_count"] ?? 1, rows, step) else {
        throw file.damaged("its header makes no sense")
    }
    try file.skip(size, "its weights")
}
