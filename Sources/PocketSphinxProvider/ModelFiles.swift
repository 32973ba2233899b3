package import ModelLifecycle

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The three parts of a model, as the library takes them.
///
/// The rule for a model's folder DIR is Debian's layout: DIR has one folder NAME with a file `mdef`
/// in it, the acoustic model; beside it lie NAME.lm.bin (or NAME.lm), the language model, and
/// one file ending in .dict, the dictionary. The options `hmm`, `lm` and `dict` each name one part
/// and override what DIR holds; with all three, there need be no DIR.
package struct ModelFiles: Hashable, Sendable {
    /// The folder of the acoustic model.
    package let hmm: String
    /// The language model: a binary trie, ARPA text or a DMP file, not compressed.
    package let lm: String
    /// The pronouncing dictionary.
    package let dict: String

    package static let optionNames = ["hmm", "lm", "dict"]

    /// - Parameter libraryFolder: the model that came with the library; the default model if it is there,
    ///   and otherwise the system's is.
    /// - Throws: `NotAvailable` for an unknown option and for a part that is missing.
    package init(_ configuration: ProviderConfiguration, libraryFolder: String? = nil) throws(NotAvailable) {
        let options = configuration.options
        if let unknown = options.keys.filter({ !Self.optionNames.contains($0) }).min() {
            throw NotAvailable("unknown option \(unknown): the pocketsphinx provider has hmm, lm and dict")
        }
        let folders = (libraryFolder.map { [$0] } ?? []) + Platform.modelFolders
        let directory = configuration.modelPath ?? folders.first(where: isFolder) ?? Platform.modelFolders[0]
        let isDefault = configuration.modelPath == nil
        if options.count < Self.optionNames.count, !isFolder(directory) {
            let advice = isDefault ? "; install it with: \(Platform.installCommand)" : ""
            throw NotAvailable("there is no model folder \(directory)\(advice)")
        }
        hmm = if let path = options["hmm"] { path } else { try Self.acousticModel(in: directory) }
        lm = if let path = options["lm"] { path } else { try Self.languageModel(beside: hmm, in: directory) }
        dict = if let path = options["dict"] { path } else { try Self.dictionary(in: directory) }
        try requireParts()
    }

    private static func acousticModel(in directory: String) throws(NotAvailable) -> String {
        let found = entries(of: directory).filter { isFile("\(directory)/\($0)/mdef") }
        guard let name = found.first, found.count == 1 else {
            throw NotAvailable(
                "\(directory) has \(count(found)) folders with a file mdef; name one with the option hmm")
        }
        return "\(directory)/\(name)"
    }

    private static func languageModel(beside hmm: String, in directory: String) throws(NotAvailable) -> String {
        let name = hmm.split(separator: "/").last ?? ""
        let candidates = ["\(directory)/\(name).lm.bin", "\(directory)/\(name).lm"]
        guard let found = candidates.first(where: isFile) else {
            throw NotAvailable("there is no language model \(candidates[0]); name one with the option lm")
        }
        return found
    }

    private static func dictionary(in directory: String) throws(NotAvailable) -> String {
        let found = entries(of: directory).filter { $0.hasSuffix(".dict") }
        guard let name = found.first, found.count == 1 else {
            throw NotAvailable("\(directory) has \(count(found)) files ending in .dict; name one with the option dict")
        }
        return "\(directory)/\(name)"
    }

    private static func count(_ names: [String]) -> String {
        names.isEmpty ? "no" : "\(names.count)"
    }

    private func requireParts() throws(NotAvailable) {
        for name in ["mdef", "means", "variances", "transition_matrices"] where !isFile("\(hmm)/\(name)") {
            throw NotAvailable("the acoustic model is incomplete: there is no file \(hmm)/\(name)")
        }
        guard isFile("\(hmm)/sendump") || isFile("\(hmm)/mixture_weights") else {
            throw NotAvailable("the acoustic model is incomplete: there is no file \(hmm)/sendump")
        }
        guard isFile(lm) else { throw NotAvailable("there is no language model \(lm)") }
        guard isFile(dict) else { throw NotAvailable("there is no dictionary \(dict)") }
    }
}

private func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}

func isFile(_ path: String) -> Bool { mode(of: path) == S_IFREG }

private func isFolder(_ path: String) -> Bool { mode(of: path) == S_IFDIR }

/// The names in a folder, sorted; none if it cannot be read.
private func entries(of folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
            field.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}
