import ModelLifecycle

/// The header of a model of whisper.cpp: numbers about the model, mel filters, the vocabulary, and tensors up to the
/// end of the file. Other programs write other things after the same magic number.
struct WhisperReader {
    /// "ggml" as a number, least byte first.
    static let magic: [UInt8] = [0x6c, 0x6d, 0x67, 0x67]

    private var cursor: HeaderCursor
    private var header: ModelFileHeader
    private var tally = ParameterTally()

    /// - Parameter file: begins with `magic`.
    static func header(of file: any RandomAccess, budget: ReadingBudget) -> ModelFileHeader {
        var reader = WhisperReader(file, budget)
        do { try reader.read() } catch { reader.header.add(error) }
        return reader.header
    }

    private init(_ file: any RandomAccess, _ budget: ReadingBudget) {
        cursor = HeaderCursor(file, budget: budget)
        header = ModelFileHeader(.ggml, bytes: file.size)
    }

    private mutating func read() throws(HeaderFault) {
        try cursor.skip(Self.magic.count)
        if try readOtherKind() { return }
        var numbers: [Int64] = []
        for _ in 0..<11 { numbers.append(Int64(try cursor.integer(Int32.self))) }
        let (vocabulary, audioState, audioLayers) = (numbers[0], numbers[2], numbers[4])
        let (textState, textLayers, mels) = (numbers[6], numbers[8], numbers[9])
        guard (1...1_000_000).contains(vocabulary), (1...65_536).contains(audioState), audioState == textState,
            (1...256).contains(audioLayers), (1...256).contains(textLayers), (1...1024).contains(mels)
        else {
            // A model of another program: nothing is known of it but the magic number.
            return
        }
        header.architecture = "whisper"
        header.name = Self.kind(vocabulary: vocabulary, audioLayers: audioLayers, textLayers: textLayers)
        header.contextLength = numbers[5]
        header.quantization = Self.quantization(numbers[10] % 1000)
        let filters = [try cursor.integer(Int32.self), try cursor.integer(Int32.self)]
        guard let size = HeaderCount.product(filters), size <= 1 << 24 else {
            throw .damaged("its mel filters have an impossible size")
        }
        try cursor.skip(size * 4)
        let words = try cursor.integer(Int32.self)
        guard (0...1_000_000).contains(words) else { throw .damaged("its vocabulary has an impossible size") }
        for _ in 0..<words { try cursor.skip(try cursor.integer(UInt32.self)) }
        // As whisper.cpp names them: some for all, so many for each layer.
        try readTensors(expected: 11 + 15 * audioLayers + 24 * textLayers)
    }

    /// A voice activity detector begins with its name.
    private mutating func readOtherKind() throws(HeaderFault) -> Bool {
        var ahead = cursor
        let length = try ahead.integer(UInt32.self)
        guard (3...64).contains(length), let name = try? ahead.bytes(length, limit: 64),
            name.allSatisfy({ (0x20..<0x7f).contains($0) })
        else { return false }
        header.architecture = HeaderText.optional(HeaderText.text(name))
        return true
    }

    private mutating func readTensors(expected: Int64) throws(HeaderFault) {
        header.tensors = 0
        while !cursor.isAtEnd {
            let dimensions = try cursor.integer(Int32.self)
            let name = try cursor.integer(Int32.self)
            let type = try cursor.integer(UInt32.self)
            guard (0...4).contains(dimensions), (0...1024).contains(name) else {
                throw .shape
            }
            var shape: [Int32] = []
            for _ in 0..<dimensions { shape.append(try cursor.integer(Int32.self)) }
            try cursor.skip(name)
            guard let known = TensorType.numbered(type) else {
                // A later type: where the next tensor begins is unknown.
                header.tensors = nil
                return
            }
            guard let elements = HeaderCount.product(shape),
                let bytes = known.bytes(of: elements, row: shape.first.map(Int64.init) ?? 1)
            else { throw .shape }
            let end = try cursor.end(after: bytes)
            tally.add(elements, as: known.name)
            header.tensors = tally.tensors
            header.promise(end: end, size: cursor.size)
            guard !header.isFaulty else { return }
            try cursor.skip(bytes)
        }
        // A file without tensors is loaded, for tests. One that lacks some is not.
        guard tally.tensors > 0 else { return }
        header.parameters = tally.parameters
        if tally.tensors < expected {
            header.parameters = nil
            header.add(damage: "it has \(tally.tensors) of \(expected) tensors")
        }
    }

    /// As the models of OpenAI are called; nil for others.
    private static func kind(vocabulary: Int64, audioLayers: Int64, textLayers: Int64) -> String? {
        let kinds: [Int64: String] = [4: "tiny", 6: "base", 12: "small", 24: "medium", 32: "large"]
        guard let kind = kinds[audioLayers] else { return nil }
        if vocabulary == 51_864 { return "\(kind).en" }
        guard kind == "large", vocabulary == 51_866 else { return kind }
        return textLayers == 4 ? "large-v3-turbo" : "large-v3"
    }

    /// ggml's name of an `ftype`, which is not that of GGUF's `general.file_type` from 10 on.
    private static func quantization(_ fileType: Int64) -> String? {
        let names: [Int64: String] = [
            0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K",
            12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "IQ2_XXS", 16: "IQ2_XS", 17: "IQ3_XXS", 18: "IQ1_S",
            19: "IQ4_NL", 20: "IQ3_S", 21: "IQ2_S", 22: "IQ4_XS", 23: "IQ1_M", 24: "BF16", 25: "MXFP4",
        ]
        return names[fileType]
    }
}
