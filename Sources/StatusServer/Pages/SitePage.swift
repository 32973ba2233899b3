import JournalRendering
import LifecycleJournal
import ModelLifecycle

/// What all pages of the server have in common. Their styles and their script are files of the server: its policy allows
/// none within a page.
struct SitePage {
    var title: String
    var version: String
    /// What is in the page's main part already; it is asked for again after each later event. nil for a page that does
    /// not change.
    var position: EventPosition?
    var body: String

    private typealias H = HTMLText

    var html: String {
        let cursor = position.map { " data-cursor=\"\(H.escaped($0.description))\"" } ?? ""
        let status = position == nil ? "" : H.element("p", [("id", "live"), ("role", "status")], "")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(H.escaped(title))</title>
            <link rel="stylesheet" href="/page.css">
            <link rel="icon" href="/icon.svg" type="image/svg+xml">
            <script src="/page.js" defer></script>
            </head>
            <body data-now="\(WallTime.now.microseconds / 1000)"\(cursor)>
            <a class="skip" href="#main">To the contents</a>
            <header class="site"><a class="home" href="/">modeljournal</a>
            <nav aria-label="Elsewhere"><a href="/model-status">status as JSON</a> <a href="/metrics">metrics</a></nav>
            \(status)</header>
            <main id="main" tabindex="-1">
            \(body)
            </main>
            <footer class="site"><p class="faint">modeljournal \(H.escaped(version)); times are those of this server.</p></footer>
            </body>
            </html>
            """
    }
}
