import Foundation
import ModelLifecycle

/// What a `config.json` beside the weights says, as Hugging Face's libraries write it.
struct ModelConfiguration {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Contents: Decodable {
        struct Quantization: Decodable {
            var quant_method: String?
            var bits: Int?
        }

        var model_type: String?
        var architectures: [String]?
        var max_position_embeddings: Int64?
        var quantization_config: Quantization?
    }

    private let contents: Contents?

    init(_ folder: any ModelFolder) {
        contents = folder.json("config.json", as: Contents.self, budget: ReadingBudget(1 << 20))
    }

    var architecture: String? { HeaderText.optional(contents?.model_type ?? contents?.architectures?.first) }
    var contextLength: Int64? {
        contents?.max_position_embeddings.flatMap { (1...HeaderCount.most).contains($0) ? $0 : nil }
    }

    /// Such as `awq 4 bit`; nil for weights that are stored as they are.
    var quantization: String? {
        guard let quantization = contents?.quantization_config,
            let method = HeaderText.optional(quantization.quant_method)
        else { return nil }
        return quantization.bits.map { "\(method) \($0) bit" } ?? method
    }
}

extension ModelFileHeader {
    mutating func add(_ configuration: ModelConfiguration) {
        architecture = architecture ?? configuration.architecture
        contextLength = contextLength ?? configuration.contextLength
        guard let quantization = configuration.quantization else { return }
        self.quantization = quantization
        // Several parameters are packed into one element there, so their number is unknown.
        parameters = nil
    }
}

extension ModelFolder {
    /// - Returns: nil if there is no such file, or it is something else.
    func json<Value: Decodable>(_ name: String, as type: Value.Type, budget: ReadingBudget) -> Value? {
        guard let file = file(name) else { return nil }
        var cursor = HeaderCursor(file, budget: budget)
        guard let bytes = try? cursor.bytes(file.size, limit: SafetensorsReader.mostHeader) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(bytes))
    }
}
