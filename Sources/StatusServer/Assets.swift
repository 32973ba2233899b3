import JournalRendering
import NIOCore

/// What pages ask for beside themselves; all of it is in the program.
enum Assets {
    static let styleSheet = ByteBuffer(
        string: [Theme.css, PageStyle.css, Picture.css, String(decoding: PackageResources.page_css, as: UTF8.self)]
            .joined(separator: "\n"))
    /// A record with a mark on it.
    static let icon = ByteBuffer(
        string: """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#2f66b0"/>\
            <path d="M2 11h3l2-7 3 9 2-4h2" fill="none" stroke="#fff" stroke-width="1.6"/></svg>
            """)
    static let script = ByteBuffer(bytes: PackageResources.page_js)
}
