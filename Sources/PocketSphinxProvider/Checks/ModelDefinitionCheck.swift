/// The facts of a model definition that the other files must agree with.
struct ModelDefinition {
    let senones: Int
    let transitionMatrices: Int
    /// Emitting states of each phone.
    let states: Int
}

/// Checks `mdef`. The library follows the indices in its binary form without looking, so one that
/// points outside of the file ends the process.
///
/// - Returns: nil for a file in neither form, on which the library speaks for itself.
func checkModelDefinition(_ path: String) throws(DamagedModel) -> ModelDefinition? {
    var file = try ModelBytes(path: path)
    file.bigEndian = file.starts(with: "FDMB")
    guard file.bigEndian || file.starts(with: "BMDF") else { return try checkModelDefinition(text: file) }
    try file.skip(8, "its header")
    try file.skip(try file.int32("its header"), "its description")

    let phones = try file.int32("its header")
    let triphones = try file.int32("its header")
    let states = try file.int32("its header")
    let baseSenones = try file.int32("its header")
    let senones = try file.int32("its header")
    let matrices = try file.int32("its header")
    let sequences = try file.int32("its header")
    _ = try file.int32("its header")
    let nodes = try file.int32("its header")
    _ = try file.int32("its header")
    // Phones are numbered in one byte, senones and their sequences in two.
    guard (1...255).contains(phones), triphones >= phones, (1...255).contains(states),
        (1..<0xFFFF).contains(senones), (1...senones).contains(baseSenones), (1...0x7FFF).contains(matrices),
        (1..<0xFFFF).contains(sequences), nodes >= 4,
        let treeSize = product(nodes, 8), let phonesSize = product(triphones, 12),
        let statesSize = product(sequences, states, 2)
    else { throw file.damaged("its header makes no sense") }

    let namesStart = file.position
    var names: [ArraySlice<UInt8>] = []
    for _ in 0..<phones { names.append(try file.zeroTerminated("its phones' names")) }
    guard zip(names, names.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) }) else {
        throw file.damaged("its phones' names are not in order")
    }
    guard names.contains(where: { $0.elementsEqual("SIL".utf8) }) else {
        throw file.damaged("it has no phone SIL")
    }
    try file.skip((4 - (file.position - namesStart) % 4) % 4, "its phones' names")

    let tree = file.position
    try file.skip(treeSize, "its tree of triphones")
    let entries = file.position
    try file.skip(phonesSize, "its phones")
    guard try file.int32("its states") == sequences * states else { throw file.damaged("its states do not add up") }
    let sequence = file.position
    try file.skip(statesSize, "its states")

    for node in stride(from: tree, to: entries, by: 8) {
        let children = Int(file.int16(at: node + 2))
        let target = Int(file.int32(at: node + 4))
        let isInside =
            children == 0
            ? (-1..<triphones).contains(target) : children > 0 && target >= 0 && target + children <= nodes
        guard isInside else { throw file.damaged("its tree of triphones leads outside of the file") }
    }
    for phone in 0..<triphones {
        let entry = entries + 12 * phone
        let context = file.bytes[(entry + 9)..<(entry + 12)]
        guard (0..<sequences).contains(Int(file.int32(at: entry))),
            (0..<matrices).contains(Int(file.int32(at: entry + 4))),
            phone < phones || context.allSatisfy({ $0 < phones })
        else { throw file.damaged("phone \(phone) refers to what is not there") }
    }
    for state in stride(from: sequence, to: sequence + statesSize, by: 2) {
        guard UInt16(bitPattern: file.int16(at: state)) < senones else {
            throw file.damaged("a state refers to a senone that is not there")
        }
    }
    return ModelDefinition(senones: senones, transitionMatrices: matrices, states: states)
}
