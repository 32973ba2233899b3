import ModelLifecycle
import Testing

@testable import ModelFileFormats

/// What is read of whole files.
@Suite struct FormatTests {
    @Test func aGGUFFileTellsTheModel() throws {
        let header = try #require(FolderInMemory(files: ["m.bin": Samples.littleEndianGGUF]).header("m.bin"))
        #expect(header.format == .gguf && header.formatVersion == 3)
        #expect(header.architecture == "llama" && header.name == "Tiny Llama" && header.sizeLabel == "80")
        #expect(header.parameters == 80 && header.tensors == 2 && header.contextLength == 2048)
        #expect(header.quantization == "Q4_K_M")
        #expect(header.bytes == 608 && !header.isFaulty)
    }

    /// Without `general.file_type` the most frequent type of the tensors counts.
    @Test func aBigEndianGGUFFileIsReadToo() throws {
        let header = try #require(FolderInMemory(files: ["m.gguf": Samples.bigEndianGGUF]).header("m.gguf"))
        #expect(header.formatVersion == 3 && header.architecture == "llama" && header.contextLength == 2048)
        #expect(header.parameters == 16 && header.quantization == "F16" && !header.isFaulty)
    }

    @Test func aSafetensorsFileTellsItsTensors() throws {
        let header = try #require(FolderInMemory(files: ["m": Samples.safetensors]).header("m"))
        #expect(header.format == .safetensors && header.parameters == 23 && header.tensors == 2)
        #expect(header.quantization == "F16" && header.architecture == nil && !header.isFaulty)
    }

    @Test func anONNXModelTellsItsProducerAndItsGraph() throws {
        let header = try #require(FolderInMemory(files: ["m.onnx": Samples.onnx]).header("m.onnx"))
        #expect(header.format == .onnx && header.name == "linear" && header.producer == "pytorch 2.9.0")
        #expect(header.opset == 17 && header.parameters == 15 && header.quantization == "float32")
        #expect(header.files == nil && !header.isFaulty)
        // Without its name it is recognised if it is whole.
        #expect(FolderInMemory(files: ["m": Samples.onnx]).header("m") == header)
        #expect(FolderInMemory(files: ["m": Samples.onnx.dropLast(3)]).header("m") == nil)
    }

    @Test(
        arguments: [
            (51_864, 4, 4, 1, "tiny.en", "F16"), (51_865, 6, 6, 2007, "base", "Q8_0"),
            (51_865, 12, 12, 2009, "small", "Q5_1"), (51_864, 24, 24, 0, "medium.en", "F32"),
            (51_865, 32, 32, 1008, "large", "Q5_0"), (51_866, 32, 32, 1, "large-v3", "F16"),
            (51_866, 32, 4, 2008, "large-v3-turbo", "Q5_0"),
        ] as [(Int32, Int32, Int32, Int32, String, String)])
    func aModelOfWhisperTellsItsKind(
        vocabulary: Int32, audio: Int32, text: Int32, type: Int32, kind: String, quantization: String
    ) throws {
        let tensors = 11 + 15 * Int(audio) + 24 * Int(text)
        let file = Bytes.whisper(
            vocabulary: vocabulary, audioLayers: audio, textLayers: text, type: type, tensors: tensors)
        let header = try #require(FolderInMemory(files: ["m.bin": file]).header("m.bin"))
        #expect(header.format == .ggml && header.architecture == "whisper" && header.name == kind)
        #expect(header.quantization == quantization && header.contextLength == 448)
        #expect(header.tensors == Int64(tensors) && header.parameters == Int64(8 * tensors) && !header.isFaulty)
    }

    @Test func theHeaderOfARealModelOfWhisperIsRead() throws {
        let header = try #require(FolderInMemory(files: ["m.bin": Samples.whisperBeginning]).header("m.bin"))
        #expect(header.name == "tiny" && header.quantization == "F16" && header.damage == "it ends within its header")
    }

    /// whisper.cpp loads it, for its tests, and every transcript is empty.
    @Test func aModelOfWhisperWithoutTensorsIsNotFaultyButSaysSo() throws {
        let header = try #require(FolderInMemory(files: ["m.bin": Bytes.whisper(tensors: 0)]).header("m.bin"))
        #expect(header.tensors == 0 && header.parameters == nil && !header.isFaulty)
    }

    /// As it is after a download that ended between two tensors.
    @Test func aModelOfWhisperThatLacksTensorsIsDamaged() throws {
        let header = try #require(FolderInMemory(files: ["m.bin": Bytes.whisper(tensors: 100)]).header("m.bin"))
        #expect(header.damage == "it has 100 of 167 tensors")
    }

    @Test func anotherProgramsFileWithTheSameMagicNumberIsOfAnUnknownKind() throws {
        let name = Array("silero-16k".utf8)
        let detector = Array("lmgg".utf8) + Bytes.little(Int32(name.count)) + name + Array(repeating: 0, count: 99)
        #expect(FolderInMemory(files: ["m": detector]).header("m")?.architecture == "silero-16k")
        let other = Array("lmgg".utf8) + Array(repeating: 7, count: 200)
        let header = try #require(FolderInMemory(files: ["m": other]).header("m"))
        #expect(header.format == .ggml && header.architecture == nil && !header.isFaulty)
    }

    @Test(arguments: ["", "hello", "\u{7f}ELF", "PK\u{3}\u{4}", "{\"a\": 1}"])
    func whatIsOfNoKnownFormatIsNotReported(text: String) {
        #expect(FolderInMemory(files: ["m.bin": Array(text.utf8)]).header("m.bin") == nil)
    }

    @Test func aFileThatIsNotThereIsNotReported() { #expect(FolderInMemory().header("m.gguf") == nil) }

    @Test func whatLiesInThePlaceOfAModelIsNamed() throws {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
        let page = "\n<!DOCTYPE html>\n<html><title>Sign in</title></html>"
        for name in ["m.gguf", "m.bin", "m.safetensors", "m.onnx"] {
            let folder = FolderInMemory(files: [name: Array(pointer.utf8)])
            #expect(folder.header(name)?.format == .lfsPointer)
            #expect(folder.header(name)?.missingBytes == Int64(12345 - pointer.utf8.count))
            #expect(FolderInMemory(files: [name: Array(page.utf8)]).header(name)?.format == .html)
        }
        // A name that promises a format is enough to say that the file has another one.
        let zeros = [UInt8](repeating: 0, count: 4096)
        #expect(FolderInMemory(files: ["m.gguf": zeros]).header("m.gguf")?.isFaulty == true)
        #expect(FolderInMemory(files: ["m.gguf": []]).header("m.gguf")?.damage == "it is empty")
        #expect(FolderInMemory(files: ["m.safetensors": zeros]).header("m.safetensors")?.isFaulty == true)
        #expect(FolderInMemory(files: ["m.onnx": zeros]).header("m.onnx")?.isFaulty == true)
    }
}
