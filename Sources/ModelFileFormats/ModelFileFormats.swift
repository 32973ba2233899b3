package import ModelLifecycle

/// Recognises a model's file by its first bytes and reads its header.
///
/// Whatever the bytes are, reading ends soon and harms nothing: what is read is bounded, and so is every text, count and
/// depth. A damaged header gives what was read until then, and a few words.
package enum ModelFileFormats {
    /// - Parameters:
    ///   - name: of the file in its folder.
    ///   - folder: where it is, for what belongs to it.
    /// - Returns: nil if the file is of no known format.
    package static func header(ofFile name: String, in folder: any ModelFolder) -> ModelFileHeader? {
        guard let file = folder.file(name) else { return nil }
        let budget = ReadingBudget()
        if let parts = ModelParts.names(first: name) { return header(ofParts: parts, in: folder, budget) }
        guard var header = header(of: file, named: name, in: folder, budget) else { return nil }
        // A part of a model does not know the tensors of the other ones.
        if header.format == .gguf, header.files != nil { (header.tensors, header.parameters) = (nil, nil) }
        return header
    }

    /// A folder has a model if it has an index, or one file that is the model.
    /// - Returns: nil if it has none that is known.
    package static func header(ofFolder folder: any ModelFolder) -> ModelFileHeader? {
        let names = folder.names
        if let index = names.first(where: { $0.hasSuffix(".safetensors.index.json") }),
            let header = SafetensorsReader.header(ofIndex: index, in: folder, budget: ReadingBudget())
        {
            return header
        }
        for ending in [".safetensors", ".gguf", ".onnx"] {
            let found = names.filter { $0.hasSuffix(ending) }
            guard let name = found.first(where: { $0 == "model" + ending }) ?? found.first,
                found.count == 1 || name == "model" + ending || ModelParts.names(first: name)?.count == found.count
            else { continue }
            return header(ofFile: name, in: folder)
        }
        return nil
    }

    private static func header(
        of file: any RandomAccess, named name: String, in folder: any ModelFolder, _ budget: ReadingBudget
    ) -> ModelFileHeader? {
        let begin = file.read(at: 0, count: 256)
        if begin.starts(with: GGUFReader.magic) { return GGUFReader.header(of: file, budget: budget) }
        if begin.starts(with: WhisperReader.magic) { return WhisperReader.header(of: file, budget: budget) }
        if let pretender = Pretender.header(of: file, begin) { return pretender }
        if name.hasSuffix(".safetensors") || SafetensorsReader.recognises(begin, size: file.size) {
            return SafetensorsReader.header(of: file, budget: budget, beside: folder)
        }
        if name.hasSuffix(".gguf") {
            var header = ModelFileHeader(.gguf, bytes: file.size)
            header.add(damage: file.size == 0 ? "it is empty" : "it does not begin as a GGUF file does")
            return header
        }
        let isNamed = name.hasSuffix(".onnx")
        guard isNamed || ONNXReader.recognises(begin) else { return nil }
        return ONNXReader.header(of: file, budget: budget, beside: folder, isNamed: isNamed)
    }

    private static func header(
        ofParts names: [String], in folder: any ModelFolder, _ budget: ReadingBudget
    ) -> ModelFileHeader? {
        var whole: ModelFileHeader?
        for name in names {
            guard let file = folder.file(name), let part = header(of: file, named: name, in: folder, budget) else {
                whole?.add(damage: "\(name) is missing")
                continue
            }
            guard whole != nil else {
                whole = part
                continue
            }
            whole?.add(part: part, named: name)
        }
        whole?.files = names.count
        return whole
    }
}

extension ModelFileHeader {
    fileprivate mutating func add(part: ModelFileHeader, named name: String) {
        bytes += part.bytes
        tensors = tensors.flatMap { tensors in part.tensors.flatMap { HeaderCount.sum(tensors, $0) } }
        parameters = parameters.flatMap { parameters in part.parameters.flatMap { HeaderCount.sum(parameters, $0) } }
        quantization = quantization ?? part.quantization
        if let missing = part.missingBytes { missingBytes = (missingBytes ?? 0) + missing }
        if let damage = part.damage { add(damage: "\(name): \(damage)") }
    }
}
