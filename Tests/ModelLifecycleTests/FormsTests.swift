import Foundation
import Testing

@testable import ModelLifecycle

/// Forms that several targets write and read.
@Suite struct FormsTests {
    private struct Ends: Error {}

    private func encoded(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        LEB128.encode(value) { bytes.append($0) }
        return bytes
    }

    private func decoded(_ bytes: [UInt8]) throws -> UInt64? {
        var rest = bytes.dropFirst()
        return try LEB128.decode(try #require(bytes.first)) { () throws(Ends) in
            guard let byte = rest.popFirst() else { throw Ends() }
            return byte
        }
    }

    private static let numbers: [(UInt64, [UInt8])] = [
        (0, [0]), (2, [2]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]), (624_485, [0xE5, 0x8E, 0x26]),
        (UInt64.max, [UInt8](repeating: 0xFF, count: 9) + [1]),
    ]

    /// As the standard of DWARF has it, and ten bytes at most.
    @Test(arguments: numbers)
    func aNumberTakesSevenBitsAByte(value: UInt64, bytes: [UInt8]) throws {
        #expect(encoded(value) == bytes)
        #expect(try decoded(bytes) == value)
    }

    @Test func aNumberThatEndsTooSoonOrNotAtAllIsNone() throws {
        #expect(throws: Ends.self) { try decoded([0x80, 0x80]) }
        #expect(try decoded([UInt8](repeating: 0x80, count: 11)) == nil)
    }

    /// Foundation encodes the same.
    @Test func whatIsReservedIsPercentEncoded() {
        let text = "/a folder/été?x=1&y=#100%~.-_"
        var unreserved = CharacterSet(charactersIn: "-._~")
        unreserved.insert(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        #expect(PercentEncoding.encode(text) == text.addingPercentEncoding(withAllowedCharacters: unreserved))
        unreserved.insert("/")
        #expect(
            PercentEncoding.encode(text, slashes: true) == text.addingPercentEncoding(withAllowedCharacters: unreserved)
        )
    }

    @Test func aFormHasItsBoundaryBetweenTheParts() {
        let form = MultipartForm(boundary: "b")
        #expect(form.contentType == "multipart/form-data; boundary=b")
        let text =
            form.head("query") + "SELECT 1" + form.partEnd + form.head("file", file: "a\"b.wav", type: "audio/wav")
            + "…" + form.partEnd + form.end
        #expect(
            text.split(separator: "\r\n", omittingEmptySubsequences: false) == [
                "--b", "Content-Disposition: form-data; name=\"query\"", "", "SELECT 1", "--b",
                "Content-Disposition: form-data; name=\"file\"; filename=\"a_b.wav\"", "Content-Type: audio/wav", "",
                "…", "--b--", "",
            ])
    }

    @Test func waitsDoubleUpToTheLongest() {
        let backoff = Backoff(first: .seconds(10), longest: .seconds(300))
        #expect(
            [1, 2, 3, 5, 6, 7, Int.max].map(backoff.wait) == [10, 20, 40, 160, 300, 300, 300].map(Duration.seconds))
        #expect(Backoff(first: .seconds(9), longest: .seconds(2)).wait(after: 1) == .seconds(2))
    }
}
