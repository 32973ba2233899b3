import NIOCore
import TestSupport
import Testing

@testable import FleetStore

/// Rows as bytes, and values in statements.
@Suite(.turn(of: "FleetStoreTests")) struct RowBinaryTests {
    @Test func whatIsWrittenIsRead() throws {
        var writer = RowBinaryWriter()
        let long = String(repeating: "ä", count: 300)
        writer.add("")
        writer.add(long)
        writer.add(Int64.min)
        writer.add(unsigned: 7)
        writer.add(nil as String?)
        writer.add("x\0\t\n'\\" as String?)
        writer.add(nil as Int64?)
        writer.add(-1 as Int64?)
        writer.add([1, 2, 3] as [Int64])
        writer.add(["", "b"])
        writer.add(true)
        var reader = RowBinaryReader(writer.buffer)
        #expect(try reader.text() == "" && reader.text() == long)
        #expect(try reader.number() == .min && reader.number() == 7)
        #expect(try reader.optionalText() == nil && reader.optionalText() == "x\0\t\n'\\")
        #expect(try reader.optionalNumber() == nil && reader.optionalNumber() == -1)
        #expect(try reader.numbers() == [1, 2, 3] && reader.texts() == ["", "b"])
        #expect(try reader.flag() && reader.isAtEnd)
        #expect(throws: FleetError.self) { try reader.flag() }
    }

    /// What lacks bytes may still get them; what is wrong already is not waited for.
    @Test func onlyWhatIsCutOffMayGoOn() {
        var writer = RowBinaryWriter()
        writer.add("text")
        writer.add([1, 2] as [Int64])
        writer.add(true)
        for length in 0..<writer.buffer.readableBytes {
            var reader = RowBinaryReader(writer.buffer.getSlice(at: 0, length: length) ?? ByteBuffer())
            #expect(throws: FleetError.self) { _ = try (reader.text(), reader.numbers(), reader.flag()) }
            #expect(reader.isCutOff, "\(length) bytes")
        }
        // A length that takes more bits than any number has.
        var reader = RowBinaryReader(ByteBuffer(repeating: 0xFF, count: 20))
        #expect(throws: FleetError.self) { try reader.text() }
        #expect(!reader.isCutOff)
    }

    /// An answer that is none is an error, and takes neither memory nor the process.
    @Test(arguments: 0..<64) func anythingElseIsRefused(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var reader = RowBinaryReader(ByteBuffer(bytes: bytes))
        while !reader.isAtEnd {
            do { _ = try (reader.texts(), reader.numbers(), reader.optionalText()) } catch {
                #expect((error as? FleetError)?.kind == .damaged)
                return
            }
        }
    }

    @Test(arguments: [
        ("", "''"), ("a", "'a'"), ("it's", #"'it\'s'"#), (#"\"#, #"'\\'"#), ("a\0b\n", #"'a\x00b\x0a'"#),
        ("ä✓", "'ä✓'"),
    ])
    func aLiteralIsOneLiteral(text: String, literal: String) { #expect(SQLText.literal(text) == literal) }

    @Test(arguments: [
        "", "host", "ftp://h/db", "http:///db", "http://h", "http://h/", "http://h/a-b", "http://h/1db",
        "http://h/db?x=1",
        "http://h/db#x", "http://u:p@h/db", "http://h/db/x", "http://h:0/db", "http://h:65536/db",
        "http://h:99999999999/db", "http://h/d b",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect { try FleetAddress(text) } throws: { ($0 as? FleetError)?.kind == .usage }
    }

    @Test func anAddressIsOne() throws {
        #expect(try FleetAddress("http://h/db").description == "http://h:8123/db")
        #expect(try FleetAddress("https://[::1]/db").description == "https://[::1]:8443/db")
        #expect(try FleetAddress("HTTP://h:1/db_1") == FleetAddress("http://h:1/db_1"))
    }
}
