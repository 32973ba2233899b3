import ModelLifecycle

/// The header of a model's file as the journal keeps it, a part of `EvidenceJSON`; the properties are named as they stand
/// in the JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct ModelFileJSON: Codable, Equatable {
    package var format: String
    var format_version: Int?
    var architecture: String?
    package var name: String?
    var size_label: String?
    var parameters: Int64?
    var tensors: Int64?
    var quantization: String?
    var context_length: Int64?
    var producer: String?
    var opset: Int64?
    var files: Int?
    package var bytes: Int64
    var missing_bytes: Int64?
    var damage: String?

    init(_ header: ModelFileHeader) {
        // The texts come from a file that anybody may have made.
        func storable(_ text: String?) -> String? {
            text.map { Redaction.bounded(Redaction.redact($0), maximumBytes: 256) }
        }
        format = header.format.rawValue
        format_version = header.formatVersion
        architecture = storable(header.architecture)
        name = storable(header.name)
        size_label = storable(header.sizeLabel)
        parameters = header.parameters
        tensors = header.tensors
        quantization = storable(header.quantization)
        context_length = header.contextLength
        producer = storable(header.producer)
        opset = header.opset
        files = header.files
        bytes = header.bytes
        missing_bytes = header.missingBytes
        damage = storable(header.damage)
    }

    /// Without secrets; nil for a format that a later version of this program knows.
    package var header: ModelFileHeader? {
        guard let format = ModelFileHeader.Format(rawValue: format) else { return nil }
        var header = ModelFileHeader(format, bytes: bytes)
        header.formatVersion = format_version
        header.architecture = architecture.map(Redaction.redact)
        header.name = name.map(Redaction.redact)
        header.sizeLabel = size_label.map(Redaction.redact)
        header.parameters = parameters
        header.tensors = tensors
        header.quantization = quantization.map(Redaction.redact)
        header.contextLength = context_length
        header.producer = producer.map(Redaction.redact)
        header.opset = opset
        header.files = files
        header.missingBytes = missing_bytes
        header.damage = damage.map(Redaction.redact)
        return header
    }
}
