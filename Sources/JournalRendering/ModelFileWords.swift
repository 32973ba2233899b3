package import JournalReports
import LifecycleJournal
package import ModelLifecycle

extension ModelFileHeader {
    /// One line for people: `GGUF, llama, 1.1 B parameters, Q4_K_M, 668 MB`. Nothing is escaped yet.
    package var summary: String {
        let parts: [String?] = [
            formatName, architecture, name == architecture ? nil : name, size, tensors == 0 ? "no tensors" : nil,
            quantization, producer, opset.map { "opset \($0)" }, files.flatMap { $0 > 1 ? "\($0) files" : nil },
            ByteText.short(bytes),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    /// What is wrong with the file, for the end of a sentence that begins with its name; nil if nothing was found.
    package var fault: String? {
        guard isFaulty else { return nil }
        // A ggml file lists no tensors: what follows the tensor that is cut is not known.
        let atLeast = format == .ggml ? "at least " : ""
        let missing = missingBytes.map { "is \(atLeast)\(ByteText.short($0)) shorter than its header says" }
        switch format {
        case .lfsPointer: return "is a Git LFS pointer and not the model itself"
        case .html: return "is a web page and not a model"
        case .gguf, .ggml, .safetensors, .onnx:
            return [missing, damage.map { "is damaged (\($0))" }].compactMap { $0 }.joined(separator: " and ")
        }
    }

    private var formatName: String {
        switch format {
        case .gguf: "GGUF"
        case .ggml: "ggml"
        case .safetensors: "safetensors"
        case .onnx: "ONNX"
        case .lfsPointer: "Git LFS pointer"
        case .html: "web page"
        }
    }

    private var size: String? {
        guard let parameters, parameters > 0 else { return sizeLabel }
        return "\(Self.count(parameters)) parameters"
    }

    /// Three digits or so: `1.1 B`, `147 K`.
    private static func count(_ number: Int64) -> String {
        for (unit, name) in [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")] as [(Int64, String)]
        where number >= unit {
            let (whole, rest) = number.quotientAndRemainder(dividingBy: unit)
            return whole >= 100 ? "\(whole) \(name)" : "\(whole).\(rest * 10 / unit) \(name)"
        }
        return "\(number)"
    }

    package var value: OutputValue {
        .object([
            ("format", .string(format.rawValue)), ("format_version", .optional(formatVersion)),
            ("architecture", .optional(architecture)), ("name", .optional(name)), ("size_label", .optional(sizeLabel)),
            ("parameters", .optional(parameters.map(Int.init))), ("tensors", .optional(tensors.map(Int.init))),
            ("quantization", .optional(quantization)), ("context_length", .optional(contextLength.map(Int.init))),
            ("producer", .optional(producer)), ("opset", .optional(opset.map(Int.init))),
            ("files", .optional(files)), ("bytes", .integer(bytes)),
            ("missing_bytes", .optional(missingBytes.map(Int.init))), ("damage", .optional(damage)),
            ("summary", .string(summary)),
        ])
    }
}

extension RunStory {
    /// What is known of the model's file: what it is, and on a line of its own what is wrong with it.
    package var modelFileWords: String? {
        modelFile.map { header in
            ([header.summary] + (header.fault.map { ["it \($0)"] } ?? [])).joined(separator: "\n")
        }
    }
}
