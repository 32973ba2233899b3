import ModelLifecycle
import TestSupport
import Testing

@testable import ModelFileFormats

/// Damaged headers harm nothing: no trap, no memory, no time.
@Suite struct DamageTests {
    static let samples: [(name: String, bytes: [UInt8], end: Int)] = [
        ("m.gguf", Samples.littleEndianGGUF, 580), ("m.gguf", Samples.bigEndianGGUF, 416),
        ("m.safetensors", Samples.safetensors, 204), ("m.bin", Bytes.whisper(), 5_954),
        ("m.onnx", Samples.onnx, 217), ("m.onnx", Samples.onnxWithWeightsOutside, 221),
    ]

    /// Wherever a download ends, the file is not taken for a whole one.
    @Test(arguments: samples.indices)
    func aFileThatIsCutOffIsFaulty(index: Int) {
        let sample = Self.samples[index]
        for count in stride(from: 8, to: sample.end, by: sample.end / 1000 + 1) {
            let folder = FolderInMemory(files: [
                sample.name: Array(sample.bytes.prefix(count)), "weights.bin": [UInt8](repeating: 0, count: 48),
            ])
            let header = folder.header(sample.name)
            // Without any tensor a model of whisper.cpp is whole, and an ONNX model is without its second set of operators.
            if sample.name == "m.bin", header?.tensors == 0 { continue }
            if sample.name == "m.onnx", count == sample.end - 19 { continue }
            #expect(header?.isFaulty == true, "\(sample.name) \(count)")
        }
    }

    /// A tool for the bench does a hundred thousand; these are the same every time.
    @Test(arguments: samples.indices)
    func randomChangesHarmNothing(index: Int) {
        let sample = Self.samples[index]
        var random = SplitMix(seed: UInt64(index))
        for _ in 0..<400 {
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<min(bytes.count, 700), using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: for index in place..<min(bytes.count, place + 8) { bytes[index] = 0xff }
                case 2: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            if random.oneIn(3) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            let header = FolderInMemory(files: [sample.name: bytes]).header(sample.name)
            #expect((header?.damage ?? "").utf8.count < 400)
            #expect((header?.parameters ?? 0) >= 0 && (header?.missingBytes ?? 1) > 0)
        }
    }

    @Test(arguments: [UInt64.max, 1 << 63, 1 << 40, 1 << 20])
    func impossibleCountsAreNoLoops(count: UInt64) throws {
        let tensors = Bytes.gguf(keys: [], tensorCount: count)
        #expect(FolderInMemory(files: ["m": tensors]).header("m")?.damage == "it has an impossible number of tensors")
        let keys = Bytes.gguf(keys: [], keyCount: count)
        #expect(FolderInMemory(files: ["m": keys]).header("m")?.damage == "it has an impossible number of keys")
        let array = Bytes.ggufKey("a", 9, Bytes.little(UInt32(8)) + Bytes.little(count))
        #expect(FolderInMemory(files: ["m": Bytes.gguf(keys: [array])]).header("m")?.isFaulty == true)
        let text = Bytes.gguf(keys: [Bytes.little(count)])
        #expect(FolderInMemory(files: ["m": text]).header("m")?.isFaulty == true)
        let json = Bytes.little(count) + Array("{}".utf8)
        #expect(FolderInMemory(files: ["m.safetensors": json]).header("m.safetensors")?.isFaulty == true)
    }

    @Test func shapesThatOverflowAreDamage() throws {
        for shape in [[UInt64.max, 2], [1 << 40, 1 << 40], [.max, .max, .max, .max]] as [[UInt64]] {
            let file = Bytes.gguf(
                keys: [], tensorCount: 1, tensors: [Bytes.ggufTensor("w", shape, type: 0, offset: 0)])
            let header = try #require(FolderInMemory(files: ["m": file]).header("m"))
            #expect(header.damage == "a tensor has an impossible shape" && header.parameters == nil)
        }
        let file = Bytes.gguf(
            keys: [], tensorCount: 1, tensors: [Bytes.ggufTensor("w", [8], type: 0, offset: UInt64(Int64.max) - 3)])
        #expect(FolderInMemory(files: ["m": file]).header("m")?.damage == "its header has an impossible length")
        let offsets = #"{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,9223372036854775807]}}"#
        let safetensors = Bytes.safetensors(offsets, data: 4)
        #expect(FolderInMemory(files: ["m": safetensors]).header("m")?.damage == "its header has an impossible length")
    }

    @Test func arraysInArraysHaveAnEnd() throws {
        var value: [UInt8] = Bytes.little(UInt32(0)) + Bytes.little(UInt64(0))
        for _ in 0..<10_000 { value = Bytes.little(UInt32(9)) + Bytes.little(UInt64(1)) + value }
        let header = FolderInMemory(files: ["m": Bytes.gguf(keys: [Bytes.ggufKey("a", 9, value)])]).header("m")
        #expect(header?.damage == "it has arrays in arrays in arrays")
        let json = String(repeating: "[", count: 100_000)
        let deep = Bytes.safetensors(#"{"w":"# + json, data: 0)
        #expect(FolderInMemory(files: ["m": deep]).header("m")?.isFaulty == true)
    }

    /// What has gigabytes is not read, and what never ends is given up.
    @Test func onlyTheHeaderOfALargeFileIsRead() throws {
        let file = LargeFile(
            Bytes.gguf(
                keys: [Bytes.ggufKey("general.architecture", 8, Bytes.ggufText("llama"))], tensorCount: 1,
                tensors: [Bytes.ggufTensor("w", [1 << 36], type: 1, offset: 0)]), size: 200 << 30)
        let header = GGUFReader.header(of: file, budget: ReadingBudget())
        #expect(header.parameters == 1 << 36 && !header.isFaulty && file.bytesRead < 64 << 10)

        let words = Bytes.ggufKey("a", 9, Bytes.little(UInt32(8)) + Bytes.little(UInt64(1) << 30))
        let endless = LargeFile(Bytes.gguf(keys: [words]), size: 200 << 30)
        let given = GGUFReader.header(of: endless, budget: ReadingBudget(256 << 10))
        #expect(given.damage == "its header is too long to be read" && endless.bytesRead <= 512 << 10)
    }

    @Test func stepsOverGigabytesCostLittle() throws {
        // An initializer whose raw data takes 1 GB, in a graph.
        func field(_ number: UInt8, _ length: Int) -> [UInt8] {
            var bytes = [number << 3 | 2]
            var rest = length
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
        let data = 1 << 30
        let tensor = [0x08, 0x04, 0x10, 0x01] + field(9, data)
        let initializer = field(5, tensor.count + data) + tensor
        let graph = field(7, initializer.count + data) + initializer
        let start: [UInt8] = [0x08, 0x08, 0x42, 0x02, 0x10, 0x11]
        let file = LargeFile(start + graph, size: Int64(start.count + graph.count + data))
        let header = try #require(
            ONNXReader.header(of: file, budget: ReadingBudget(), beside: NoFolder(), isNamed: true))
        #expect(header.parameters == 4 && header.quantization == "float32" && !header.isFaulty)
        #expect(file.bytesRead < 64 << 10)
    }

    @Test func textsAreShortAndOnOneLine() throws {
        let name = "a\u{1b}[31m\nb\u{7f}" + String(repeating: "x", count: 10_000)
        let file = Bytes.gguf(keys: [Bytes.ggufKey("general.name", 8, Bytes.ggufText(name))])
        let read = try #require(FolderInMemory(files: ["m": file]).header("m")?.name)
        #expect(read.hasPrefix("a[31mbxxx") && read.utf8.count <= 200)
    }
}
