/// Checks `feat.params`, pairs of a name and a value: where the library cannot read a value, it prints
/// its manual on standard error; where a vector's dimension does not exist, it reads beyond the vector.
func checkFeatureParameters(_ path: String) throws(DamagedModel) {
    let file = try checkText(path)
    let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    let words = lines.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    guard words.count.isMultiple(of: 2) else { throw file.damaged("a parameter has no value") }
    var values: [String: String] = [:]
    for index in stride(from: 0, to: words.count, by: 2) { values[words[index]] = words[index + 1] }

    for (name, limits) in numbers {
        guard let value = values[name] else { continue }
        guard let number = Double(value), limits.contains(number) else {
            throw file.damaged("\(name) cannot be \(value)")
        }
    }
    for name in switches {
        guard let value = values[name] else { continue }
        guard let first = value.utf8.first, "yYtT1nNfF0".utf8.contains(first) else {
            throw file.damaged("\(name) cannot be \(value)")
        }
    }
    if let value = values["-svspec"], let count = features(values) {
        let dimensions = value.split { !("0"..."9").contains($0) }
        guard dimensions.allSatisfy({ Int($0).map { $0 < count } ?? false }) else {
            throw file.damaged("-svspec cannot be \(value): there are \(count) features")
        }
    }
}

/// The parameters that are numbers, and what is not absurd for them.
private let numbers: [String: ClosedRange<Double>] = [
    "-agcthresh": -1e6...1e6, "-alpha": 0...1, "-ceplen": 1...256, "-ncep": 1...256, "-frate": 1...1000,
    "-ldadim": 0...1024, "-lifter": 0...1024, "-lowerf": 0...1e5, "-upperf": 1...1e5, "-nfft": 16...65536,
    "-nfilt": 1...1024, "-samprate": 1000...192_000, "-seed": -1...2_147_483_647, "-wlen": 0.001...1,
    "-vad_postspeech": 0...10_000, "-vad_prespeech": 0...10_000, "-vad_startspeech": 0...10_000,
    "-vad_threshold": -1e6...1e6,
]

private let switches = [
    "-dither", "-doublebw", "-logspec", "-remove_dc", "-remove_noise", "-remove_silence", "-round_filters",
    "-smoothspec", "-unit_area", "-varnorm", "-verbose",
]

/// How many features a vector has; nil for a kind of feature that the library does not cut up.
private func features(_ values: [String: String]) -> Int? {
    let cepstra = values["-ceplen"].flatMap { Int($0) } ?? 13
    return switch values["-feat"] ?? "1s_c_d_dd" {
    case "1s_c": cepstra
    case "1s_c_d": 2 * cepstra
    case "1s_c_d_dd": 3 * cepstra
    default: nil
    }
}
