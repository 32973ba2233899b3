/// What the header of a model's file says about the model. Each part may be unknown.
package struct ModelFileHeader: Sendable, Hashable {
    /// How the file is laid out, as a closed set that scripts can rely on.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        /// llama.cpp and others.
        case gguf
        /// whisper.cpp.
        case ggml
        /// Hugging Face: one file, or a folder of them with an index.
        case safetensors
        /// ONNX: one file, perhaps with its weights in others.
        case onnx
        /// What Git leaves in the place of a large file.
        case lfsPointer = "git_lfs_pointer"
        /// A page that says why there is no model, or asks for a login.
        case html
    }

    package var format: Format
    /// The version of the format: of GGUF its own, of ONNX the version of its intermediate representation.
    package var formatVersion: Int?
    /// Such as `llama`, or `whisper`.
    package var architecture: String?
    package var name: String?
    /// As the one who made the file calls its size: `1.1B`.
    package var sizeLabel: String?
    package var parameters: Int64?
    package var tensors: Int64?
    /// How most of the parameters are stored: `Q4_K_M`, `F16`, `int8`.
    package var quantization: String?
    /// In tokens.
    package var contextLength: Int64?
    /// The program that made the file, with its version.
    package var producer: String?
    /// ONNX: the version of the default set of operators.
    package var opset: Int64?
    /// How many files the model is made of.
    package var files: Int?
    /// The size of the file, or of all files of the model, in bytes.
    package var bytes: Int64
    /// By how many bytes the file is shorter than its header says, at least; nil if it is not.
    package var missingBytes: Int64?
    /// What else is wrong with the file, in a few words; nil if nothing was found.
    package var damage: String?

    /// - Parameters:
    ///   - format: how the file is laid out.
    ///   - bytes: its size.
    package init(_ format: Format, bytes: Int64) {
        self.format = format
        self.bytes = bytes
    }

    /// Whether the file is not what its header says. Such a file can hardly be loaded.
    package var isFaulty: Bool { missingBytes != nil || damage != nil }
}
