import Foundation
import NIOCore

/// Rows that go with a statement, which reads them as a table of that name, on every shard.
struct ExternalTable {
    var name: String
    /// Such as `seq UInt64, message Nullable(String)`.
    var structure: String
    /// In RowBinary.
    var rows: ByteBuffer
}

extension ClickHouseClient {
    /// What is sent in a request, and what its address has to say of it.
    struct Message {
        var body: ByteBuffer
        var contentType: String?
        var parameters: [String: String] = [:]

        init(body: ByteBuffer) { self.body = body }

        /// A statement alone, or a form of it and of tables.
        init(_ sql: String, _ tables: [ExternalTable]) {
            guard !tables.isEmpty else {
                body = ByteBuffer(string: sql)
                return
            }
            // Rows hold what servers have printed: nothing of theirs may end a part.
            let boundary = UUID().uuidString
            contentType = "multipart/form-data; boundary=\(boundary)"
            body = ByteBuffer()
            func add(_ disposition: String, _ content: ByteBuffer, to body: inout ByteBuffer) {
                body.writeString("--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n")
                body.writeImmutableBuffer(content)
                body.writeString("\r\n")
            }
            // Not in the address, whose length has a limit.
            add("name=\"query\"", ByteBuffer(string: sql), to: &body)
            for table in tables {
                parameters["\(table.name)_structure"] = table.structure
                parameters["\(table.name)_format"] = "RowBinary"
                add("name=\"\(table.name)\"; filename=\"\(table.name)\"", table.rows, to: &body)
            }
            body.writeString("--\(boundary)--\r\n")
        }
    }
}
