import Foundation
import ModelFileFormats
import ModelLifecycle

/// A model's folder in memory.
struct FolderInMemory: ModelFolder {
    var files: [String: [UInt8]] = [:]

    var names: [String] { files.keys.sorted() }
    func file(_ name: String) -> (any RandomAccess)? { files[name].map(BytesInMemory.init) }
    func size(_ name: String) -> Int64? { files[name].map { Int64($0.count) } }

    func header(_ name: String) -> ModelFileHeader? { ModelFileFormats.header(ofFile: name, in: self) }
    var header: ModelFileHeader? { ModelFileFormats.header(ofFolder: self) }
}

/// A file of any size of which only the beginning is there; the rest is zeros. Counts what is read of it.
final class LargeFile: RandomAccess {
    let size: Int64
    private let beginning: [UInt8]
    private(set) var bytesRead = 0

    init(_ beginning: [UInt8], size: Int64) {
        self.beginning = beginning
        self.size = size
    }

    func read(at offset: Int64, count: Int) -> [UInt8] {
        let count = Int(min(Int64(count), max(0, size - offset)))
        bytesRead += count
        let known = offset < Int64(beginning.count) ? Array(beginning[Int(offset)...].prefix(count)) : []
        return known + Array(repeating: 0, count: count - known.count)
    }
}

/// What formats are made of.
enum Bytes {
    static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    }

    static func safetensors(_ json: String, data: Int) -> [UInt8] {
        little(UInt64(json.utf8.count)) + Array(json.utf8) + Array(repeating: 0, count: data)
    }

    /// A GGUF file of version 3.
    /// - Parameter keys: each as it stands in the file.
    static func gguf(keys: [[UInt8]], keyCount: UInt64? = nil, tensorCount: UInt64 = 0, tensors: [[UInt8]] = [])
        -> [UInt8]
    {
        Array("GGUF".utf8) + little(UInt32(3)) + little(tensorCount) + little(keyCount ?? UInt64(keys.count))
            + keys.joined() + tensors.joined()
    }

    static func ggufText(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

    static func ggufKey(_ name: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
        ggufText(name) + little(type) + value
    }

    static func ggufTensor(_ name: String, _ shape: [UInt64], type: UInt32, offset: UInt64) -> [UInt8] {
        ggufText(name) + little(UInt32(shape.count)) + shape.flatMap { little($0) } + little(type) + little(offset)
    }

    /// A model of whisper.cpp as its `convert-pt-to-ggml.py` writes it, with small tensors.
    static func whisper(
        vocabulary: Int32 = 51_864, audioLayers: Int32 = 4, textLayers: Int32 = 4, type: Int32 = 1, tensors: Int = 167
    ) -> [UInt8] {
        let numbers: [Int32] = [vocabulary, 1500, 8, 2, audioLayers, 448, 8, 2, textLayers, 80, type]
        var file = Array("lmgg".utf8) + numbers.flatMap { little($0) }
        file += little(Int32(2)) + little(Int32(3)) + Array(repeating: 0, count: 2 * 3 * 4)
        let words = ["a", "", "é"]
        file += little(Int32(words.count)) + words.flatMap { little(UInt32($0.utf8.count)) + Array($0.utf8) }
        for number in 0..<tensors {
            let name = Array("tensor.\(number)".utf8)
            file +=
                [Int32(2), Int32(name.count), 1, 4, 2].flatMap { little($0) } + name + Array(repeating: 0, count: 16)
        }
        return file
    }
}
