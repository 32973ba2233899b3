public import ModelLifecycle

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Why bytes are not a recording that can be recognised.
public enum WaveError: Error, Sendable, Hashable {
    /// The file could not be read; the reason is in the system's words.
    case unreadable(path: String, reason: String)
    /// The bytes do not begin as a RIFF/WAVE file does.
    case notWave
    /// The bytes end too early; the part is what should have followed there.
    case truncated(part: String)
    /// The audio is something else than 16 kHz, mono, 16-bit linear PCM: what was found.
    case unsupported(found: String)
}

extension WaveError: CustomStringConvertible {
    /// What is wrong with the file, in one line.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .notWave: "this is not a RIFF/WAVE file"
        case .truncated(let part): "the WAVE file is cut off: it ends before \(part)"
        case .unsupported(let found): "the WAVE file has \(found); 16 kHz mono 16-bit PCM is needed"
        }
    }
}

extension AudioSamples {
    /// The samples of a WAVE file: RIFF, 16 kHz, mono, 16-bit linear PCM. Chunks other than the
    /// format and the first data are skipped.
    public init(waveFile path: String) throws(WaveError) {
        guard let file = fopen(path, "rb") else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        guard ferror(file) == 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        try self.init(wave: bytes)
    }

    /// The samples in the bytes of a WAVE file.
    public init(wave bytes: [UInt8]) throws(WaveError) {
        guard bytes.count >= 4, bytes.prefix(4).elementsEqual("RIFF".utf8) else { throw .notWave }
        guard bytes.count >= 12 else { throw .truncated(part: "its header") }
        guard bytes[8..<12].elementsEqual("WAVE".utf8) else { throw .notWave }
        var position = 12
        var format: ArraySlice<UInt8>?
        // The length in the RIFF header is ignored: programs that write to a pipe cannot know it.
        while position < bytes.count {
            guard bytes.count - position >= 8 else { throw .truncated(part: "the length of a chunk") }
            let name = bytes[position..<(position + 4)]
            let length = number(in: bytes, at: position + 4, bytes: 4)
            position += 8
            let isData = name.elementsEqual("data".utf8)
            guard length <= bytes.count - position else {
                throw .truncated(part: isData ? "the end of its samples" : "the end of a chunk")
            }
            let chunk = bytes[position..<(position + length)]
            if isData {
                guard let format else { throw .truncated(part: "its format, which must come before its samples") }
                try requireSupported(format)
                guard chunk.count.isMultiple(of: 2) else { throw .truncated(part: "the second byte of a sample") }
                self.init(
                    samples: stride(from: chunk.startIndex, to: chunk.endIndex, by: 2).map {
                        Int16(truncatingIfNeeded: number(in: bytes, at: $0, bytes: 2))
                    }, sampleRate: 16_000)
                return
            }
            if name.elementsEqual("fmt ".utf8) { format = chunk }
            // Chunks begin at even offsets.
            position += length + length % 2
        }
        throw .truncated(part: "its samples")
    }
}

/// An unsigned little-endian number that is known to lie inside `bytes`.
private func number(in bytes: some RandomAccessCollection<UInt8>, at offset: Int, bytes count: Int) -> Int {
    var value = 0
    var index = bytes.index(bytes.startIndex, offsetBy: offset)
    for shift in 0..<count {
        value |= Int(bytes[index]) << (8 * shift)
        index = bytes.index(after: index)
    }
    return value
}

private func requireSupported(_ format: ArraySlice<UInt8>) throws(WaveError) {
    guard format.count >= 16 else { throw .truncated(part: "the end of its format") }
    var encoding = number(in: format, at: 0, bytes: 2)
    // WAVE_FORMAT_EXTENSIBLE: the encoding begins a GUID that ends like this for all simple ones.
    if encoding == 0xFFFE {
        guard format.count >= 40 else { throw .truncated(part: "the end of its format") }
        let suffix: [UInt8] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        guard format.suffix(from: format.startIndex + 26).prefix(14).elementsEqual(suffix) else {
            throw .unsupported(found: "an unknown encoding")
        }
        encoding = number(in: format, at: 24, bytes: 2)
    }
    guard encoding == 1 else {
        let names = [2: "ADPCM", 3: "floating-point samples", 6: "A-law", 7: "µ-law", 0x55: "MP3"]
        throw .unsupported(found: names[encoding] ?? "encoding \(encoding)")
    }
    let channels = number(in: format, at: 2, bytes: 2)
    guard channels == 1 else { throw .unsupported(found: channels == 2 ? "stereo sound" : "\(channels) channels") }
    let rate = number(in: format, at: 4, bytes: 4)
    guard rate == 16_000 else { throw .unsupported(found: "\(rate) samples a second") }
    let bits = number(in: format, at: 14, bytes: 2)
    guard bits == 16 else { throw .unsupported(found: "\(bits) bits a sample") }
}
