/// The dimensions in the header of an acoustic model's parameter file. The library allocates by
/// them before it looks at the data, and ends the process where that is too much.
struct ParameterFile {
    /// The numbers before the data; for Gaussians: codebooks, features, densities.
    let dimensions: [Int]

    /// Checks `means` or `variances`.
    static func gaussians(_ path: String) throws(DamagedModel) -> ParameterFile? {
        guard var file = try open(path) else { return nil }
        let dimensions = try read(3, from: &file)
        guard let features = product(dimensions[1], 4), features <= file.remaining else {
            throw file.damaged("its header makes no sense")
        }
        var length = 0
        for _ in 0..<dimensions[1] {
            let next = try file.int32("its header")
            guard (1...0xFFFF).contains(next) else { throw file.damaged("its header makes no sense") }
            length += next
        }
        try requireData(product(dimensions[0], dimensions[2], length), in: &file)
        return ParameterFile(dimensions: dimensions)
    }

    /// Checks a file with three dimensions: `transition_matrices`, `mixture_weights`, `feature_transform`.
    static func array(_ path: String) throws(DamagedModel) -> ParameterFile? {
        guard var file = try open(path) else { return nil }
        let dimensions = try read(3, from: &file)
        try requireData(product(dimensions[0], dimensions[1], dimensions[2]), in: &file)
        return ParameterFile(dimensions: dimensions)
    }

    /// The file behind its header; nil if it is in another form, on which the library speaks for itself.
    private static func open(_ path: String) throws(DamagedModel) -> ModelBytes? {
        var file = try ModelBytes(path: path)
        guard file.starts(with: "s3\n") else { return nil }
        while try !file.line("its header").split(separator: " ").elementsEqual(["endhdr"]) {}
        let magic = try file.int32("its header")
        switch magic {
        case 0x1122_3344: break
        case 0x4433_2211: file.bigEndian.toggle()
        default: return nil
        }
        return file
    }

    private static func read(_ count: Int, from file: inout ModelBytes) throws(DamagedModel) -> [Int] {
        var numbers: [Int] = []
        for _ in 0..<count { numbers.append(try file.int32("its header")) }
        return numbers
    }

    private static func requireData(_ expected: Int?, in file: inout ModelBytes) throws(DamagedModel) {
        let claimed = try file.int32("its header")
        guard let expected, claimed == expected else { throw file.damaged("its dimensions do not add up") }
        guard expected <= file.remaining / 4 else { throw file.truncated(in: "its data") }
    }
}
