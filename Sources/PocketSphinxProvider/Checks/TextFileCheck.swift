/// Checks a text file of a model: the library takes from a damaged one what it can, and says nothing.
///
/// Cut off at the end of a line, a dictionary is as good as a shorter one; nothing can tell.
func checkText(_ path: String) throws(DamagedModel) -> ModelBytes {
    let file = try ModelBytes(path: path)
    guard let last = file.bytes.last else { throw file.damaged("it is empty") }
    let isText = file.bytes.withUnsafeBufferPointer { bytes in
        bytes.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
    }
    guard isText else { throw file.damaged("it is not text") }
    guard last == UInt8(ascii: "\n") else {
        throw file.damaged("its last line does not end, so it may be cut off")
    }
    return file
}

/// Checks the list of words that stand for silence and noise.
func checkFillers(_ path: String) throws(DamagedModel) {
    let file = try checkText(path)
    let words = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").compactMap {
        $0.split(whereSeparator: \.isWhitespace).first
    }
    guard words.contains("<sil>") else { throw file.damaged("it does not list <sil>") }
}
