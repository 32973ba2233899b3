import JournalReports
import LifecycleJournal

/// The rows in one page, whatever the rest of the file looks like.
struct PageCells {
    struct Cell {
        /// nil in a table that is stored as an index.
        var rowID: Int64?
        var payload: [UInt8]
    }

    private static let tableLeaf: UInt8 = 0x0D
    private static let indexLeaf: UInt8 = 0x0A
    private static let indexInner: UInt8 = 0x02

    let pages: DatabasePages

    func cells(_ page: DatabasePages.Page) -> [Cell] {
        // The first page begins with the header of the file.
        let start = page.number == 1 ? 100 : 0
        guard page.bytes.count > start + 8 else { return [] }
        let kind = page.bytes[start]
        guard [Self.tableLeaf, Self.indexLeaf, Self.indexInner].contains(kind) else { return [] }
        var header = Bytes(page.bytes, at: start + 3)
        guard let count = header.word(2) else { return [] }
        var pointers = Bytes(page.bytes, at: start + (kind == Self.indexInner ? 12 : 8))
        var cells: [Cell] = []
        for _ in 0..<min(count, pages.size / 4) {
            guard let place = pointers.word(2) else { break }
            if let cell = cell(page.bytes, at: place, kind) { cells.append(cell) }
        }
        return cells
    }

    private func cell(_ bytes: [UInt8], at place: Int, _ kind: UInt8) -> Cell? {
        var bytes = Bytes(bytes, at: place)
        if kind == Self.indexInner, bytes.take(4) == nil { return nil }
        guard let size = bytes.varint(), (1...Int64(4 << 20)).contains(size) else { return nil }
        var rowID: Int64?
        if kind == Self.tableLeaf {
            rowID = bytes.varint()
            guard rowID != nil else { return nil }
        }
        return payload(&bytes, Int(size), isTable: kind == Self.tableLeaf).map { Cell(rowID: rowID, payload: $0) }
    }

    /// What does not fit into the page goes on in a chain of others.
    private func payload(_ bytes: inout Bytes, _ size: Int, isTable: Bool) -> [UInt8]? {
        let usable = pages.usableSize
        let largest = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
        guard size > largest else { return bytes.take(size).map(Array.init) }
        let smallest = (usable - 12) * 32 / 255 - 23
        let fitting = smallest + (size - smallest) % (usable - 4)
        guard let here = bytes.take(fitting <= largest ? fitting : smallest), var next = bytes.word(4) else {
            return nil
        }
        var payload = Array(here)
        while payload.count < size {
            guard next > 0, let page = pages.page(next) else { return nil }
            var more = Bytes(page, at: 0)
            guard let following = more.word(4), let part = more.take(min(usable - 4, size - payload.count)) else {
                return nil
            }
            payload += part
            next = following
        }
        return payload
    }
}
