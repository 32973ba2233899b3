import ModelLifecycle

/// The header of a GGUF file: keys with their values, then the tensors' names, shapes, types and places. Versions 2 and
/// 3, in either byte order.
struct GGUFReader {
    static let magic: [UInt8] = [0x47, 0x47, 0x55, 0x46]

    /// Arrays of arrays are allowed, but no program writes deep ones.
    private static let mostDepth = 4
    /// Names of keys and tensors have 64 bytes at most, as llama.cpp takes them; GGUF itself allows more for keys.
    private static let mostName = 64 << 10

    private var cursor: HeaderCursor
    private var header: ModelFileHeader
    private var tally = ParameterTally()
    private var alignment: Int64 = 32
    private var contextLengths: [String: Int64] = [:]
    private var fileType: Int64?

    /// - Parameter file: begins with `magic`.
    static func header(of file: any RandomAccess, budget: ReadingBudget) -> ModelFileHeader {
        var reader = GGUFReader(file, budget)
        do { try reader.read() } catch { reader.header.add(error) }
        reader.finish()
        return reader.header
    }

    private init(_ file: any RandomAccess, _ budget: ReadingBudget) {
        cursor = HeaderCursor(file, budget: budget)
        header = ModelFileHeader(.gguf, bytes: file.size)
    }

    private mutating func read() throws(HeaderFault) {
        try cursor.skip(Self.magic.count)
        var version = try cursor.integer(UInt32.self)
        // Nothing else tells the byte order, and versions are small.
        if version & 0xffff == 0, version != 0 {
            cursor.isBigEndian = true
            version = version.byteSwapped
        }
        header.formatVersion = Int(version)
        guard (2...3).contains(version) else { throw .damaged("its GGUF version \(version) is not known here") }
        let tensors = try count("tensors")
        header.tensors = tensors
        for _ in 0..<(try count("keys")) { try readKey() }
        var end: Int64 = 0
        for _ in 0..<tensors { end = max(end, try readTensor()) }
        // Keys alone are a file too: a vocabulary, or the first part of a model.
        guard tensors > 0 else { return }
        let begin = try aligned(cursor.position)
        let (whole, overflows) = begin.addingReportingOverflow(end)
        header.promise(end: overflows ? nil : whole, size: cursor.size)
    }

    private mutating func finish() {
        header.contextLength = header.architecture.flatMap { contextLengths[$0] }
        header.quantization = fileType.flatMap(Self.quantization) ?? tally.mostFrequent
        if tally.tensors > 0, tally.tensors == header.tensors { header.parameters = tally.parameters }
    }

    private mutating func count(_ what: String) throws(HeaderFault) -> Int64 {
        let count = try cursor.integer(UInt64.self)
        // Each takes a few bytes at least.
        guard count <= UInt64(max(0, cursor.size)) / 8 else { throw .damaged("it has an impossible number of \(what)") }
        return Int64(count)
    }

    private func aligned(_ position: Int64) throws(HeaderFault) -> Int64 {
        let rest = position % alignment
        return rest == 0 ? position : try cursor.end(after: alignment - rest)
    }

    // MARK: - Keys

    private enum ValueType: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

        /// nil for those whose size is in the file.
        var bytes: Int64? {
            switch self {
            case .uint8, .int8, .bool: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64: 8
            case .string, .array: nil
            }
        }
    }

    private mutating func readKey() throws(HeaderFault) {
        let name = try cursor.integer(UInt64.self)
        let key = String(decoding: try cursor.bytes(name, limit: Self.mostName), as: UTF8.self)
        let type = try valueType()
        switch key {
        case "general.architecture": header.architecture = try text(type)
        case "general.name": header.name = try text(type)
        case "general.size_label": header.sizeLabel = try text(type)
        case "general.alignment":
            guard let number = try number(type), number > 0, number <= 1 << 20 else {
                throw .damaged("it has an impossible alignment")
            }
            alignment = number
        case "general.file_type": fileType = try number(type)
        case "split.count": header.files = try number(type).flatMap { $0 > 1 ? Int($0) : nil }
        default:
            if key.hasSuffix(".context_length"), contextLengths.count < 16 {
                contextLengths[String(key.dropLast(15))] = try number(type)
            } else {
                try skipValue(type, depth: 0)
            }
        }
    }

    private mutating func valueType() throws(HeaderFault) -> ValueType {
        let number = try cursor.integer(UInt32.self)
        guard let type = ValueType(rawValue: number) else { throw .damaged("it has a value of an unknown type") }
        return type
    }

    private mutating func text(_ type: ValueType) throws(HeaderFault) -> String? {
        guard type == .string else {
            try skipValue(type, depth: 0)
            return nil
        }
        let count = try cursor.integer(UInt64.self)
        return HeaderText.optional(try cursor.text(count))
    }

    private mutating func number(_ type: ValueType) throws(HeaderFault) -> Int64? {
        switch type {
        case .uint8: return Int64(try cursor.integer(UInt8.self))
        case .int8: return Int64(try cursor.integer(Int8.self))
        case .uint16: return Int64(try cursor.integer(UInt16.self))
        case .int16: return Int64(try cursor.integer(Int16.self))
        case .uint32: return Int64(try cursor.integer(UInt32.self))
        case .int32: return Int64(try cursor.integer(Int32.self))
        case .uint64:
            let number = try cursor.integer(UInt64.self)
            return number > UInt64(HeaderCount.most) ? nil : Int64(number)
        case .int64:
            let number = try cursor.integer(Int64.self)
            return number.magnitude > HeaderCount.most ? nil : number
        case .float32, .float64, .bool, .string, .array:
            try skipValue(type, depth: 0)
            return nil
        }
    }

    private mutating func skipValue(_ type: ValueType, depth: Int) throws(HeaderFault) {
        if let bytes = type.bytes { return try cursor.skip(bytes) }
        if type == .string { return try cursor.skip(try cursor.integer(UInt64.self)) }
        guard depth < Self.mostDepth else { throw .damaged("it has arrays in arrays in arrays") }
        let element = try valueType()
        let count = try cursor.integer(UInt64.self)
        if let bytes = element.bytes {
            let (whole, overflows) = count.multipliedReportingOverflow(by: UInt64(bytes))
            guard !overflows else { throw .length }
            return try cursor.skip(whole)
        }
        guard count <= UInt64(max(0, cursor.size)) / 8 else { throw .ends }
        // Their sizes stand before each of them, so there is no way around the vocabulary.
        for _ in 0..<count { try skipValue(element, depth: depth + 1) }
    }

    // MARK: - Tensors

    /// - Returns: where its data ends, from the beginning of all data.
    private mutating func readTensor() throws(HeaderFault) -> Int64 {
        try cursor.skip(try cursor.integer(UInt64.self))
        let dimensions = try cursor.integer(UInt32.self)
        guard dimensions <= 8 else { throw .shape }
        var shape: [UInt64] = []
        for _ in 0..<dimensions { shape.append(try cursor.integer(UInt64.self)) }
        let type = try cursor.integer(UInt32.self)
        let offset = try cursor.integer(UInt64.self)
        guard let elements = HeaderCount.product(shape) else { throw .shape }
        guard let begin = Int64(exactly: offset) else { throw .length }
        guard let known = TensorType.numbered(type) else {
            tally.add(elements, as: "type \(type)")
            return begin
        }
        tally.add(elements, as: known.name)
        guard let bytes = known.bytes(of: elements, row: shape.first.flatMap { Int64(exactly: $0) } ?? 1) else {
            throw .shape
        }
        let (end, overflows) = begin.addingReportingOverflow(bytes)
        guard !overflows else { throw .length }
        return end
    }

    /// llama.cpp's name of a `general.file_type`, as the package gguf 0.19.0 has them.
    private static func quantization(_ fileType: Int64) -> String? {
        let names: [Int64: String] = [
            0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
            12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
            19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
            26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
            37: "TQ2_0", 38: "MXFP4_MOE", 39: "NVFP4", 40: "Q1_0",
        ]
        return names[fileType]
    }
}
