import ModelLifecycle

/// The header of an ONNX model, which is a message of Protocol Buffers and has none: what a reader wants to know is
/// scattered between weights of gigabytes.
///
/// swift-protobuf reads a message as a whole into memory. So this walks over the wire format by itself: it reads tags and
/// lengths, enters the graph and its initializers, and steps over everything else. Only fields of onnx.proto are named.
struct ONNXReader {
    private var cursor: HeaderCursor
    private var header: ModelFileHeader
    private var tally = ParameterTally()
    private var producer: (name: String?, version: String?)
    private var hasGraph = false
    private var hasOperators = false
    /// Where the data ends in each of the files that the weights are in.
    private var external: [String: Int64] = [:]

    /// Whether the first bytes can be a model's: field 1, its version of the format.
    static func recognises(_ begin: [UInt8]) -> Bool {
        begin.count >= 2 && begin[0] == 0x08 && (1...63).contains(begin[1])
    }

    /// - Parameter isNamed: whether its name says that it is one. Otherwise it is one only without a fault: it has no
    ///   magic number.
    static func header(
        of file: any RandomAccess, budget: ReadingBudget, beside folder: any ModelFolder, isNamed: Bool
    ) -> ModelFileHeader? {
        var reader = ONNXReader(file, budget)
        do { try reader.readModel() } catch { reader.header.add(error) }
        if !isNamed, reader.header.isFaulty { return nil }
        reader.finish(folder)
        return reader.header
    }

    private init(_ file: any RandomAccess, _ budget: ReadingBudget) {
        cursor = HeaderCursor(file, budget: budget)
        header = ModelFileHeader(.onnx, bytes: file.size)
    }

    private mutating func finish(_ folder: any ModelFolder) {
        header.producer = HeaderText.optional(
            [producer.name, producer.version].compactMap { HeaderText.optional($0) }.joined(separator: " "))
        header.quantization = tally.mostFrequent
        if !header.isFaulty { (header.tensors, header.parameters) = (tally.tensors, tally.parameters) }
        guard !external.isEmpty else { return }
        header.files = external.count + 1
        for (name, end) in external.sorted(by: { $0.key < $1.key }) {
            guard let size = ModelParts.isPlain(name) ? folder.size(name) : nil else {
                header.add(damage: "\(HeaderText.text(name.utf8)) with its weights is missing")
                continue
            }
            header.bytes += size
            header.promise(end: end, size: size)
        }
    }

    // MARK: - Messages

    private mutating func readModel() throws(HeaderFault) {
        while let field = try nextField(before: cursor.size) {
            switch (field.number, field.value) {
            case (1, .integer(let version)): header.formatVersion = Int(exactly: version)
            case (2, .bytes(let end)): producer.name = try text(end)
            case (3, .bytes(let end)): producer.version = try text(end)
            case (7, .bytes(let end)):
                hasGraph = true
                header.promise(end: end, size: cursor.size)
                try readGraph(min(end, cursor.size))
                guard end <= cursor.size else { return }
            case (8, .bytes(let end)):
                hasOperators = true
                try readOperators(try within(end, cursor.size))
            default: try step(over: field, before: cursor.size)
            }
        }
        // Both must be there, and the operators' version comes last in what is written field by field.
        if !hasGraph { throw .damaged("it has no graph") }
        if !hasOperators, header.formatVersion ?? 3 >= 3 { throw .damaged("it names no version of its operators") }
    }

    private mutating func readOperators(_ end: Int64) throws(HeaderFault) {
        var domain = ""
        var version: Int64?
        while let field = try nextField(before: end) {
            switch (field.number, field.value) {
            case (1, .bytes(let end)): domain = try text(end)
            case (2, .integer(let number)): version = Int64(exactly: number)
            default: try step(over: field, before: end)
            }
        }
        if domain.isEmpty || domain == "ai.onnx" { header.opset = version }
    }

    private mutating func readGraph(_ end: Int64) throws(HeaderFault) {
        while let field = try nextField(before: end) {
            switch (field.number, field.value) {
            // A graph that is cut off is known to be: what it promised beyond its end is no other fault.
            case (_, .bytes(let fieldEnd)) where fieldEnd > end && header.isFaulty: return
            case (2, .bytes(let fieldEnd)): header.name = HeaderText.optional(try text(try within(fieldEnd, end)))
            case (5, .bytes(let fieldEnd)): try readTensor(try within(fieldEnd, end))
            default: try step(over: field, before: end)
            }
        }
    }

    private mutating func readTensor(_ end: Int64) throws(HeaderFault) {
        var elements: Int64? = 1
        var type: UInt64 = 0
        var place: (file: String?, offset: Int64, length: Int64?) = (nil, 0, nil)
        func multiply(_ side: UInt64) {
            elements = elements.flatMap { product in
                Int64(exactly: side).flatMap { HeaderCount.product([product, $0]) }
            }
        }
        while let field = try nextField(before: end) {
            switch (field.number, field.value) {
            case (1, .integer(let side)): multiply(side)
            case (1, .bytes(let packed)):
                let packed = try within(packed, end)
                while cursor.position < packed { multiply(try varint(before: packed)) }
            case (2, .integer(let number)): type = number
            case (13, .bytes(let entryEnd)):
                let (key, value) = try readEntry(try within(entryEnd, end))
                switch key {
                case "location": place.file = value
                case "offset": place.offset = Int64(value) ?? -1
                case "length": place.length = Int64(value)
                default: break
                }
            default: try step(over: field, before: end)
            }
        }
        guard let elements else { throw .shape }
        tally.add(elements, as: Self.typeName(type))
        if let file = place.file {
            let (fileEnd, overflows) = place.offset.addingReportingOverflow(place.length ?? 0)
            guard !overflows, place.offset >= 0, fileEnd >= place.offset else {
                throw .length
            }
            guard external[file] != nil || external.count < ModelParts.most else {
                throw .damaged("its weights are in too many files")
            }
            external[file] = max(external[file] ?? 0, fileEnd)
        }
    }

    private mutating func readEntry(_ end: Int64) throws(HeaderFault) -> (key: String, value: String) {
        var (key, value) = ("", "")
        while let field = try nextField(before: end) {
            switch (field.number, field.value) {
            case (1, .bytes(let fieldEnd)): key = try text(try within(fieldEnd, end))
            case (2, .bytes(let fieldEnd)):
                let fieldEnd = try within(fieldEnd, end)
                value = String(decoding: try cursor.bytes(fieldEnd - cursor.position, limit: 4096), as: UTF8.self)
            default: try step(over: field, before: end)
            }
        }
        return (key, value)
    }

    // MARK: - The wire format

    private struct Field {
        enum Value {
            case integer(UInt64)
            /// They begin at the cursor and end there.
            case bytes(Int64)
            case fixed(Int64)
        }

        var number: UInt64
        var value: Value
    }

    /// - Returns: nil at the end of the message.
    private mutating func nextField(before end: Int64) throws(HeaderFault) -> Field? {
        guard cursor.position < end else { return nil }
        let tag = try varint(before: end)
        guard tag >> 3 > 0 else { throw .damaged("it is not an ONNX model") }
        switch tag & 7 {
        case 0: return Field(number: tag >> 3, value: .integer(try varint(before: end)))
        case 1: return Field(number: tag >> 3, value: .fixed(8))
        case 2:
            let length = try varint(before: end)
            return Field(number: tag >> 3, value: .bytes(try cursor.end(after: length)))
        case 5: return Field(number: tag >> 3, value: .fixed(4))
        // Groups are not used in ONNX.
        default: throw .damaged("it is not an ONNX model")
        }
    }

    private mutating func varint(before end: Int64) throws(HeaderFault) -> UInt64 {
        let value = try LEB128.decode(try byte(before: end)) { () throws(HeaderFault) in try byte(before: end) }
        guard let value else { throw .damaged("it is not an ONNX model") }
        return value
    }

    private mutating func byte(before end: Int64) throws(HeaderFault) -> UInt8 {
        guard cursor.position < end else { throw .ends }
        return try cursor.byte()
    }

    /// A part of a message cannot be longer than the message.
    private func within(_ fieldEnd: Int64, _ end: Int64) throws(HeaderFault) -> Int64 {
        guard fieldEnd <= end else { throw end == cursor.size ? .ends : .damaged("it is not an ONNX model") }
        return fieldEnd
    }

    private mutating func step(over field: Field, before end: Int64) throws(HeaderFault) {
        switch field.value {
        case .integer: return
        case .fixed(let count): try cursor.skip(try within(try cursor.end(after: count), end) - cursor.position)
        case .bytes(let fieldEnd): try cursor.skip(try within(fieldEnd, end) - cursor.position)
        }
    }

    private mutating func text(_ end: Int64) throws(HeaderFault) -> String {
        try cursor.text(end - cursor.position)
    }

    /// The names of `TensorProto.DataType`, as the package onnx 1.23.2 has them.
    private static func typeName(_ number: UInt64) -> String {
        let names: [UInt64: String] = [
            1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string",
            9: "bool",
            10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128",
            16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz",
            21: "uint4", 22: "int4", 23: "float4e2m1", 24: "float8e8m0", 25: "uint2", 26: "int2", 27: "float6e2m3",
            28: "float6e3m2",
        ]
        return names[number] ?? "type \(number)"
    }
}
