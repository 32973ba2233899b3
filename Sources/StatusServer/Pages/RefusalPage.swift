import HTTPTypes
import JournalRendering

/// What a browser shows where there is no other answer.
struct RefusalPage {
    let status: HTTPResponse.Status
    let words: String
    let version: String

    private typealias H = HTMLText

    var html: String {
        let title = status == .notFound ? "Not found" : status.reasonPhrase
        return SitePage(
            title: title, version: version,
            body: H.element(
                "section", [("id", "refusal")],
                H.element("h1", [], H.escaped(title)) + H.element("p", [], H.escapedLines(words))
                    + H.element("p", [], H.element("a", [("href", "/")], "All models")))
        ).html
    }
}
