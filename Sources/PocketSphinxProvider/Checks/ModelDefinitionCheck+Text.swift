/// Checks `mdef` in its text form, of which the library notices most damage by itself; not so phones
/// out of order, as it searches for them by halves, and a missing phone for silence.
///
/// - Returns: nil for a header that the library will not take either.
func checkModelDefinition(text file: ModelBytes) throws(DamagedModel) -> ModelDefinition? {
    let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    var header: [Substring: Int] = [:]
    var phones: [Substring] = []
    for line in lines {
        let words = line.split(whereSeparator: \.isWhitespace)
        if words.count == 2, let number = Int(words[0]) { header[words[1]] = number }
        // A base phone has no context.
        if words.count > 3, words[1...3].allSatisfy({ $0 == "-" }) { phones.append(words[0]) }
    }
    guard let base = header["n_base"], let triphones = header["n_tri"], let map = header["n_state_map"],
        let senones = header["n_tied_state"], let baseSenones = header["n_tied_ci_state"],
        let matrices = header["n_tied_tmat"]
    else { return nil }
    // Each of them takes a byte of the file at least.
    guard [base, triphones, map, senones, baseSenones, matrices].allSatisfy({ (0...file.bytes.count).contains($0) }),
        base > 0, baseSenones <= senones
    else { throw file.damaged("its header makes no sense") }
    guard phones.count == base,
        zip(phones, phones.dropFirst()).allSatisfy({ $0.utf8.lexicographicallyPrecedes($1.utf8) })
    else { throw file.damaged("its phones are not as many as it says, or not in order") }
    guard phones.contains("SIL") else { throw file.damaged("it has no phone SIL") }
    return ModelDefinition(
        senones: senones, transitionMatrices: matrices, states: max(0, map / (base + triphones) - 1))
}
