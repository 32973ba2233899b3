import ModelLifecycle
import PocketSphinxProvider
import TestSupport
import Testing

/// Ways in which a model file goes wrong.
enum Damage: String, CaseIterable, Sendable {
    case empty, oneByte, firstBytes, firstHalf, lastByteMissing, garbage, zeros, unfetched

    func applied(to bytes: [UInt8]) -> [UInt8] {
        var random = SplitMix(seed: UInt64(bytes.count))
        return switch self {
        case .empty: []
        case .oneByte: Array(bytes.prefix(1))
        case .firstBytes: Array(bytes.prefix(60))
        case .firstHalf: Array(bytes.prefix(bytes.count / 2))
        case .lastByteMissing: bytes.dropLast()
        case .garbage: random.bytes(bytes.count)
        case .zeros: Array(repeating: 0, count: bytes.count)
        case .unfetched: Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n".utf8)
        }
    }
}

private let modelFiles = [
    "m/mdef", "m/means", "m/variances", "m/transition_matrices", "m/sendump", "m/feat.params", "m.lm.bin", "m.dict",
]

@Suite(.needsTestData, .turn(of: "PocketSphinxProviderTests"))
struct DamagedModelTests {
    @Test(arguments: modelFiles, Damage.allCases)
    func aDamagedFileFailsTheLoad(_ name: String, _ damage: Damage) async throws {
        let model = try ModelCopy.digits()
        try model.replace(name, with: damage.applied(to: try model.bytes(of: name)))
        let failure = try #require(try await model.loadFailure())
        #expect(failure.reason == .modelLoadFailed)
        #expect(!failure.message.isEmpty && !failure.message.contains("\n"))
        // Either our own check names the file, or the library was asked and its log is there.
        #expect(failure.message.contains(model.path(of: name)) || failure.outputTail?.isEmpty == false)
    }

    @Test func theCopiesThemselvesAreSound() async throws {
        #expect(try await ModelCopy.digits().loadFailure() == nil)
        #expect(try await ModelCopy.turtle().loadFailure() == nil)
        #expect(try await ModelCopy.english().loadFailure() == nil)
    }

    @Test(arguments: [Damage.firstHalf, .garbage])
    func aDamagedListOfFillersFailsTheLoad(_ damage: Damage) async throws {
        let model = try ModelCopy.english()
        try model.replace("m/noisedict", with: damage.applied(to: try model.bytes(of: "m/noisedict")))
        #expect(try await model.loadFailure()?.reason == .modelLoadFailed)
    }

    @Test(arguments: modelFiles)
    func halfOfAFileOfTheEnglishModelFailsTheLoad(_ name: String) async throws {
        let model = try ModelCopy.english()
        try model.replace(name, with: Damage.firstHalf.applied(to: try model.bytes(of: name)))
        let failure = try #require(try await model.loadFailure())
        #expect(failure.reason == .modelLoadFailed && failure.message.contains(model.path(of: name)))
    }

    @Test(arguments: [
        ("m/mdef", Damage.unfetched, "0.3, but read version https://git-lfs"),
        ("m/transition_matrices", .empty, "Failed to read header from file"),
        ("m/means", .zeros, "Failed to read header from file"),
        ("m/sendump", .zeros, "Title length 0 in dump file"),
        ("m.lm.bin", .garbage, "Wrong magic header size number"),
    ])
    func theLibrarysOwnErrorIsTheMessage(_ name: String, _ damage: Damage, _ expected: String) async throws {
        let model = try ModelCopy.digits()
        try model.replace(name, with: damage.applied(to: try model.bytes(of: name)))
        let failure = try #require(try await model.loadFailure())
        #expect(failure.message.contains(expected))
        let tail = try #require(failure.outputTail)
        #expect(tail.contains(expected) && tail.contains("INFO: ") && tail.utf8.count <= LibraryLog.capacity)
    }

    @Test(arguments: ["m/means", "m/variances", "m/transition_matrices"])
    func aFlippedBitIsFoundByTheChecksum(_ name: String) async throws {
        let model = try ModelCopy.digits()
        var bytes = try model.bytes(of: name)
        bytes[bytes.count / 2] ^= 1
        try model.replace(name, with: bytes)
        let message = try #require(try await model.loadFailure()).message
        #expect(message.contains("Checksum error") && message.contains(model.path(of: name)))
    }

    @Test func aLanguageModelWithTooFewWordsFails() async throws {
        let model = try ModelCopy.digits()
        var bytes = try model.bytes(of: "m.lm.bin")
        bytes.removeLast()
        bytes[bytes.count - 2] = 0
        bytes.append(0)
        try model.replace("m.lm.bin", with: bytes)
        #expect(try await model.loadFailure()?.message.contains("words are not as many") == true)
    }

    /// Its last number of successors is the last that is there, and stands at the very end.
    @Test(arguments: 0..<8) func aLanguageModelThatEndsBehindItsWordsWeightsFails(more: Int) async throws {
        let model = try ModelCopy.digits()
        let bytes = try model.bytes(of: "m.lm.bin")
        let order = Int(bytes[19])
        try #require(order > 1)
        let words = (0..<4).reduce(0) { $0 | Int(bytes[20 + $1]) << (8 * $1) }
        let weights = 20 + 4 * order + 4 + (2 * (order - 2) + 1) * 65536 * 4
        try model.replace("m.lm.bin", with: Array(bytes.prefix(weights + 12 * (words + 1) + more)))
        let failure = try #require(try await model.loadFailure())
        #expect(failure.reason == .modelLoadFailed && failure.message.contains(model.path(of: "m.lm.bin")))
    }

    @Test func aDictionaryForOtherPhonesFails() async throws {
        let model = try ModelCopy.digits()
        try model.replace("m.dict", with: Array("one XX YY\ntwo XX\n".utf8))
        let failure = try #require(try await model.loadFailure())
        #expect(failure.message.contains("0 of its words can be used: Line 1: Phone 'XX' is mis"))
    }

    @Test func aFewUnknownPhonesOrDoubleWordsAreNoDamage() async throws {
        let model = try ModelCopy.digits()
        let extra = Array("one W AX N\none W AX N\nother XX YY\n".utf8)
        try model.replace("m.dict", with: try model.bytes(of: "m.dict") + extra)
        #expect(try await model.loadFailure() == nil)
    }

    @Test func aProviderLoadsAfterAFailedLoad() async throws {
        let model = try ModelCopy.digits()
        let bytes = try model.bytes(of: "m/mdef")
        try model.replace("m/mdef", with: Array("0.3\n".utf8))
        let provider = model.provider
        await #expect(throws: Failure.self) { try await provider.load(.make()) }
        try model.replace("m/mdef", with: bytes)
        try await provider.load(.make())
        #expect(try await provider.transcribe(.raw("tidigits/dhd.2934z.raw")).text == "two nine three four zero")
        try await provider.unload()
    }
}
