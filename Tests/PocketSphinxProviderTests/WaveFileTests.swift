import Foundation
import ModelLifecycle
import PocketSphinxProvider
import TestSupport
import Testing

/// A WAVE file in the making; every field can be wrong.
private struct Wave {
    var encoding = 1
    var channels = 1
    var rate = 16_000
    var bits = 16
    var subformat: [UInt8]?
    var before: [UInt8] = []
    var samples: [Int16] = [1, -2, .max, .min]

    var bytes: [UInt8] {
        var format = little(encoding, 2) + little(channels, 2) + little(rate, 4)
        format += little(rate * channels * bits / 8, 4) + little(channels * bits / 8, 2) + little(bits, 2)
        if let subformat { format += little(22, 2) + little(bits, 2) + little(4, 4) + subformat }
        let data = samples.flatMap { little(Int($0), 2) }
        let chunks = before + chunk("fmt ", format) + chunk("data", data)
        return Array("RIFF".utf8) + little(chunks.count + 4, 4) + Array("WAVE".utf8) + chunks
    }
}

private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    Array(name.utf8) + little(content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
}

private let guidTail: [UInt8] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]

@Suite(.turn(of: "PocketSphinxProviderTests")) struct WaveFileTests {
    @Test func samplesComeOutAsTheyWentIn() throws {
        let audio = try AudioSamples(wave: Wave().bytes)
        #expect(audio == AudioSamples(samples: [1, -2, .max, .min], sampleRate: 16_000))
    }

    @Test func noSamplesAreSamplesToo() throws {
        #expect(try AudioSamples(wave: Wave(samples: []).bytes).samples.isEmpty)
    }

    @Test func unknownChunksAreSkippedWithTheirPadding() throws {
        let wave = Wave(before: chunk("LIST", [1, 2, 3]) + chunk("bext", Array(repeating: 7, count: 602)))
        #expect(try AudioSamples(wave: wave.bytes).samples.count == 4)
    }

    @Test func extensiblePCMIsPCM() throws {
        let wave = Wave(encoding: 0xFFFE, subformat: little(1, 2) + guidTail)
        #expect(try AudioSamples(wave: wave.bytes).samples.count == 4)
    }

    @Test(arguments: [
        (Wave(channels: 2), "stereo sound"),
        (Wave(channels: 6), "6 channels"),
        (Wave(rate: 8000), "8000 samples a second"),
        (Wave(bits: 8), "8 bits a sample"),
        (Wave(encoding: 3, bits: 32), "floating-point samples"),
        (Wave(encoding: 7, bits: 8), "µ-law"),
        (Wave(encoding: 0xFFFE, subformat: little(3, 2) + guidTail), "floating-point samples"),
        (Wave(encoding: 0xFFFE, subformat: Array(repeating: 1, count: 16)), "an unknown encoding"),
    ])
    private func otherAudioIsNamed(_ wave: Wave, _ found: String) {
        #expect(throws: WaveError.unsupported(found: found)) { try AudioSamples(wave: wave.bytes) }
    }

    @Test(arguments: [[], Array("RIF".utf8), Array("OggS and more bytes".utf8), Array("RIFF\0\0\0\0AVI and more".utf8)])
    func otherFilesAreNotWave(_ bytes: [UInt8]) {
        #expect(throws: WaveError.notWave) { try AudioSamples(wave: bytes) }
    }

    @Test func everyPrefixIsAnErrorAndNoCrash() throws {
        let bytes = Wave(before: chunk("LIST", [1, 2, 3])).bytes
        for count in 4..<bytes.count {
            let error = #expect(throws: WaveError.self) { try AudioSamples(wave: Array(bytes.prefix(count))) }
            guard case .truncated = error else {
                Issue.record("\(count) bytes: \(String(describing: error))")
                continue
            }
        }
    }

    @Test func samplesBeforeTheirFormatAreRefused() {
        let bytes = Array("RIFF\0\0\0\0WAVE".utf8) + chunk("data", [0, 0])
        #expect(throws: WaveError.self) { try AudioSamples(wave: bytes) }
    }

    @Test func halfASampleIsRefused() {
        var bytes = Wave(samples: []).bytes
        bytes.replaceSubrange((bytes.count - 4)..., with: little(3, 4) + [0, 0, 0])
        #expect(throws: WaveError.truncated(part: "the second byte of a sample")) { try AudioSamples(wave: bytes) }
    }

    @Test func randomBytesAreNeverACrash() {
        var random = SplitMix(seed: 11)
        var refused = 0
        for _ in 0..<5000 {
            var bytes = Wave(before: chunk("LIST", [1, 2, 3])).bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if (try? AudioSamples(wave: bytes)) == nil { refused += 1 }
        }
        // Changes of the samples, and of fields that nobody reads, are no errors.
        #expect((1..<5000).contains(refused))
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: WaveError.self) { try AudioSamples(waveFile: "/nowhere/a.wav") }
        #expect(error?.description == "/nowhere/a.wav cannot be read: No such file or directory")
    }

    @Test func aFileIsReadFromDisk() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).wav")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(Wave(samples: Array(repeating: 5, count: 100_000)).bytes).write(to: file)
        #expect(try AudioSamples(waveFile: file.path).samples == Array(repeating: 5, count: 100_000))
    }
}
