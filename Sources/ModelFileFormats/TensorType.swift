/// How ggml stores the elements of a tensor: in blocks of so many elements, each of so many bytes. From ggml's table, as
/// the package gguf 0.19.0 has it; later types are unknown here.
struct TensorType {
    var name: String
    var elements: Int64
    var bytes: Int64

    private init(_ name: String, _ elements: Int64, _ bytes: Int64) {
        self.name = name
        self.elements = elements
        self.bytes = bytes
    }

    /// - Returns: nil for a type that is unknown.
    static func numbered(_ number: UInt32) -> TensorType? { table[number] }

    /// - Parameters:
    ///   - count: of its elements.
    ///   - row: how many of them are in a row, which is stored in whole blocks.
    /// - Returns: nil if they cannot be stored in it, or take more than any file has.
    func bytes(of count: Int64, row: Int64) -> Int64? {
        guard row % elements == 0 else { return nil }
        let (bytes, overflows) = (count / elements).multipliedReportingOverflow(by: bytes)
        return overflows ? nil : bytes
    }

    private static let table: [UInt32: TensorType] = [
        0: TensorType("F32", 1, 4), 1: TensorType("F16", 1, 2), 2: TensorType("Q4_0", 32, 18),
        3: TensorType("Q4_1", 32, 20), 6: TensorType("Q5_0", 32, 22), 7: TensorType("Q5_1", 32, 24),
        8: TensorType("Q8_0", 32, 34), 9: TensorType("Q8_1", 32, 40), 10: TensorType("Q2_K", 256, 84),
        11: TensorType("Q3_K", 256, 110), 12: TensorType("Q4_K", 256, 144), 13: TensorType("Q5_K", 256, 176),
        14: TensorType("Q6_K", 256, 210), 15: TensorType("Q8_K", 256, 292), 16: TensorType("IQ2_XXS", 256, 66),
        17: TensorType("IQ2_XS", 256, 74), 18: TensorType("IQ3_XXS", 256, 98), 19: TensorType("IQ1_S", 256, 50),
        20: TensorType("IQ4_NL", 32, 18), 21: TensorType("IQ3_S", 256, 110), 22: TensorType("IQ2_S", 256, 82),
        23: TensorType("IQ4_XS", 256, 136), 24: TensorType("I8", 1, 1), 25: TensorType("I16", 1, 2),
        26: TensorType("I32", 1, 4), 27: TensorType("I64", 1, 8), 28: TensorType("F64", 1, 8),
        29: TensorType("IQ1_M", 256, 56), 30: TensorType("BF16", 1, 2), 34: TensorType("TQ1_0", 256, 54),
        35: TensorType("TQ2_0", 256, 66), 39: TensorType("MXFP4", 32, 17), 40: TensorType("NVFP4", 64, 36),
        41: TensorType("Q1_0", 128, 18),
    ]
}
