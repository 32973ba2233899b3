import Foundation
import ModelLifecycle
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
            let form = MultipartForm(boundary: UUID().uuidString)
            contentType = form.contentType
            // Not in the address, whose length has a limit.
            body = ByteBuffer(string: form.head("query") + sql + form.partEnd)
            for table in tables {
                parameters["\(table.name)_structure"] = table.structure
                parameters["\(table.name)_format"] = "RowBinary"
                body.writeString(form.head(table.name, file: table.name))
                body.writeImmutableBuffer(table.rows)
                body.writeString(form.partEnd)
            }
            body.writeString(form.end)
        }
    }
}
