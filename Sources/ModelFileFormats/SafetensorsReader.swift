import Foundation
import ModelLifecycle

/// The header of a safetensors file: its length in eight bytes, then JSON that names each tensor with its type, shape and
/// place.
struct SafetensorsReader {
    /// The library itself refuses 100 MB; a model of 60,000 tensors takes 8.
    static let mostHeader = 32 << 20

    /// What the header of one file says.
    struct Part {
        var tally = ParameterTally()
        var metadata: [String: String] = [:]
    }

    /// Whether the first bytes are such a header's; it has no magic number.
    static func recognises(_ begin: [UInt8], size: Int64) -> Bool {
        guard begin.count >= 9, begin[8] == UInt8(ascii: "{") else { return false }
        let length = begin.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length >= 2 && length <= 100_000_000 && length + 8 <= UInt64(max(0, size))
    }

    static func header(of file: any RandomAccess, budget: ReadingBudget, beside folder: any ModelFolder)
        -> ModelFileHeader
    {
        var header = ModelFileHeader(.safetensors, bytes: file.size)
        var part = Part()
        do { try read(file, budget, into: &part, &header) } catch { header.add(error) }
        finish(&header, part.tally)
        header.name = HeaderText.optional(part.metadata["modelspec.title"] ?? part.metadata["name"])
        header.architecture = HeaderText.optional(part.metadata["modelspec.architecture"])
        header.add(ModelConfiguration(folder))
        return header
    }

    /// All files that an index names.
    static func header(ofIndex name: String, in folder: any ModelFolder, budget: ReadingBudget) -> ModelFileHeader? {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        struct Index: Decodable { var weight_map: [String: String] }
        guard let index = folder.json(name, as: Index.self, budget: budget) else { return nil }
        let names = Set(index.weight_map.values).sorted()
        var header = ModelFileHeader(.safetensors, bytes: 0)
        header.files = names.count
        guard names.count <= ModelParts.most else {
            header.add(damage: "its index names \(names.count) files")
            return header
        }
        var all = Part()
        for name in names {
            guard let file = ModelParts.isPlain(name) ? folder.file(name) : nil else {
                header.add(damage: "\(HeaderText.text(name.utf8)) is missing")
                continue
            }
            header.bytes += file.size
            do { try read(file, budget, into: &all, &header) } catch {
                header.add(damage: "\(HeaderText.text(name.utf8)): \(error.words)")
            }
        }
        finish(&header, all.tally)
        header.add(ModelConfiguration(folder))
        return header
    }

    private static func finish(_ header: inout ModelFileHeader, _ tally: ParameterTally) {
        header.quantization = tally.mostFrequent
        guard header.damage == nil else { return }
        header.tensors = tally.tensors
        header.parameters = tally.parameters
    }

    private static func read(
        _ file: any RandomAccess, _ budget: ReadingBudget, into part: inout Part, _ header: inout ModelFileHeader
    ) throws(HeaderFault) {
        var cursor = HeaderCursor(file, budget: budget)
        let length = try cursor.integer(UInt64.self)
        let bytes = try cursor.bytes(length, limit: mostHeader)
        guard let entries = try? JSONDecoder().decode(Entries.self, from: Data(bytes)) else {
            throw .damaged("its header is not the JSON of a safetensors file")
        }
        part.metadata.merge(entries.metadata) { first, _ in first }
        var end: Int64 = 0
        for tensor in entries.tensors {
            guard let elements = HeaderCount.product(tensor.shape), tensor.data_offsets.count == 2,
                tensor.data_offsets[0] >= 0, tensor.data_offsets[0] <= tensor.data_offsets[1]
            else { throw .shape }
            part.tally.add(elements, as: HeaderText.text(tensor.dtype.utf8))
            end = max(end, tensor.data_offsets[1])
        }
        let whole = try cursor.end(after: end)
        header.promise(end: whole, size: cursor.size)
        // The library takes no file with more behind its last tensor.
        if whole < cursor.size { throw .damaged("\(cursor.size - whole) bytes follow its last tensor") }
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Tensor: Decodable {
    var dtype: String
    var shape: [Int64]
    var data_offsets: [Int64]
}

private struct Entries: Decodable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var tensors: [Tensor] = []
    var metadata: [String: String] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys {
            if name.stringValue == "__metadata__" {
                metadata = (try? container.decode([String: String].self, forKey: name)) ?? [:]
            } else {
                tensors.append(try container.decode(Tensor.self, forKey: name))
            }
        }
    }
}
