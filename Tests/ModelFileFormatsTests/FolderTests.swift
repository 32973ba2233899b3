import ModelLifecycle
import Testing

@testable import ModelFileFormats

/// Models that are made of several files.
@Suite struct FolderTests {
    private static func shard(_ elements: Int) -> [UInt8] {
        Bytes.safetensors(
            #"{"w":{"dtype":"BF16","shape":[\#(elements)],"data_offsets":[0,\#(2 * elements)]}}"#, data: 2 * elements)
    }

    private static let sharded = FolderInMemory(files: [
        "config.json": Array(
            #"{"model_type":"llama","architectures":["LlamaForCausalLM"],"max_position_embeddings":4096}"#.utf8),
        "model.safetensors.index.json": Array(
            #"""
            {"metadata":{"total_size":60},"weight_map":{"a":"model-00001-of-00002.safetensors",
            "b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}
            """#.utf8),
        "model-00001-of-00002.safetensors": shard(10), "model-00002-of-00002.safetensors": shard(20),
    ])

    @Test func anIndexLeadsToAllFiles() throws {
        let header = try #require(Self.sharded.header)
        #expect(header.format == .safetensors && header.architecture == "llama" && header.contextLength == 4096)
        #expect(header.parameters == 30 && header.quantization == "BF16" && header.files == 2 && !header.isFaulty)
        #expect(header.bytes == Int64(Self.shard(10).count + Self.shard(20).count))
    }

    @Test func aFileOfTheIndexThatIsMissingOrShortIsToldOf() throws {
        var folder = Self.sharded
        folder.files["model-00002-of-00002.safetensors"]?.removeLast(7)
        #expect(folder.header?.missingBytes == 7)
        folder.files["model-00002-of-00002.safetensors"] = nil
        let header = try #require(folder.header)
        #expect(header.damage == "model-00002-of-00002.safetensors is missing" && header.parameters == nil)
    }

    @Test(arguments: ["../secret.safetensors", "/etc/passwd", "..", "a/b.safetensors", ""])
    func anIndexLeadsNowhereElse(name: String) {
        struct Trap: ModelFolder {
            var index: [UInt8]
            let names = ["model.safetensors.index.json"]
            func file(_ name: String) -> (any RandomAccess)? {
                if !names.contains(name), name != "config.json" { Issue.record("\(name) was opened") }
                return name == "config.json" ? nil : BytesInMemory(index)
            }
            func size(_ name: String) -> Int64? { nil }
        }
        let folder = Trap(index: Array(#"{"weight_map":{"a":"\#(name)"}}"#.utf8))
        #expect(ModelFileFormats.header(ofFolder: folder)?.isFaulty == true)
    }

    @Test func oneFileInAFolderIsTheModel() throws {
        var folder = FolderInMemory(files: ["model.safetensors": Samples.safetensors, "config.json": Array("{".utf8)])
        #expect(folder.header?.parameters == 23)
        folder.files["config.json"] = Array(
            #"{"architectures":["Whisper"],"quantization_config":{"quant_method":"awq","bits":4}}"#.utf8)
        let packed = try #require(folder.header)
        #expect(packed.architecture == "Whisper" && packed.quantization == "awq 4 bit" && packed.parameters == nil)
        folder.files = ["a.gguf": Samples.littleEndianGGUF, "b.gguf": Samples.littleEndianGGUF]
        #expect(folder.header == nil)
        folder.files = ["vocabulary.txt": []]
        #expect(folder.header == nil)
    }

    @Test func thePartsOfASplitModelCountTogether() throws {
        func part(_ number: UInt16) -> [UInt8] {
            let keys = [
                Bytes.ggufKey("split.no", 2, Bytes.little(number)),
                Bytes.ggufKey("split.count", 2, Bytes.little(UInt16(2))),
            ]
            return Bytes.gguf(
                keys: keys + (number == 0 ? [Bytes.ggufKey("general.architecture", 8, Bytes.ggufText("llama"))] : []),
                tensorCount: 1, tensors: [Bytes.ggufTensor("w\(number)", [8], type: 0, offset: 0)]
            ).paddedTo(32) + Array(repeating: 0, count: 32)
        }
        let names = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]
        var folder = FolderInMemory(files: [names[0]: part(0), names[1]: part(1)])
        let header = try #require(folder.header(names[0]))
        #expect(header.architecture == "llama" && header.parameters == 16 && header.tensors == 2 && header.files == 2)
        #expect(!header.isFaulty && folder.header == header)
        // A part alone does not know the others.
        let part = try #require(folder.header(names[1]))
        #expect(part.parameters == nil && part.files == 2 && !part.isFaulty)
        folder.files[names[1]]?.removeLast(5)
        #expect(folder.header(names[0])?.missingBytes == 5)
        folder.files[names[1]] = nil
        #expect(folder.header(names[0])?.damage == "\(names[1]) is missing")
    }

    @Test func weightsOutsideOfAnONNXModelBelongToIt() throws {
        var folder = FolderInMemory(files: [
            "m.onnx": Samples.onnxWithWeightsOutside, "weights.bin": [UInt8](repeating: 0, count: 48),
        ])
        let header = try #require(folder.header("m.onnx"))
        #expect(header.files == 2 && header.bytes == 221 + 48 && header.parameters == 15 && !header.isFaulty)
        folder.files["weights.bin"]?.removeLast(8)
        #expect(folder.header("m.onnx")?.missingBytes == 8)
        folder.files["weights.bin"] = nil
        #expect(folder.header("m.onnx")?.damage == "weights.bin with its weights is missing")
    }
}

extension [UInt8] {
    fileprivate func paddedTo(_ alignment: Int) -> [UInt8] {
        self + Array(repeating: 0, count: (alignment - count % alignment) % alignment)
    }
}
