/// A drawing in SVG: inside of a page that has `Picture.css` and the theme, or as a file that needs nothing else.
package struct Picture: Sendable {
    /// Told to those who do not see it.
    package var title: String
    package var description: String
    package var width: Double
    package var height: Double
    package var drawing: Drawing

    /// In a page.
    package var inline: String { svg(style: "", paper: "", margin: 0) }

    /// A whole file.
    package var file: String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + svg(
                style: "<style>\n\(Theme.css)\n\(Self.css)\n</style>\n",
                paper: "<rect class=\"paper\" x=\"-12\" y=\"-12\" width=\"100%\" height=\"100%\"/>\n", margin: 12)
            + "\n"
    }

    private func svg(style: String, paper: String, margin: Double) -> String {
        let (width, height) = (Drawing.number(width + margin * 2), Drawing.number(height + margin * 2))
        let size = "width=\"\(width)\" height=\"\(height)\""
        let corner = Drawing.number(-margin)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" class="picture" \(size) viewBox="\(corner) \(corner) \
            \(width) \(height)" role="\(drawing.hasLinks ? "group" : "img")" aria-label="\(HTMLText.escaped("\(title). \(description)"))">
            <title>\(HTMLText.escaped(title))</title>
            <desc>\(HTMLText.escaped(description))</desc>
            \(style)\(paper)\(drawing.body)</svg>
            """
    }

    package static let css = """
        .picture { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; max-width: 100%; height: auto; }
        .picture text { fill: var(--ink); }
        .picture .paper { fill: var(--paper); }
        .picture .name { font-size: 15px; font-weight: 600; }
        .picture .faint { fill: var(--faint); font-size: inherit; }
        .picture .halo { fill: var(--faint); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
        .picture .grid { stroke: var(--line); stroke-width: 1; }
        .picture .axis { stroke: var(--faint); stroke-width: 1; }
        .picture .load { fill: var(--load); }
        .picture .warm { fill: var(--warm); }
        .picture .ready { fill: var(--good); }
        .picture .busy { fill: var(--busy); }
        .picture .rest { fill: var(--bar); }
        .picture .bad { fill: var(--bad); }
        .picture .part { fill-opacity: .6; }
        .picture .open { fill-opacity: .45; }
        .picture .cross { font-size: 16px; font-weight: 700; }
        .picture .p50, .picture .p95 { stroke: var(--ink); stroke-width: 1; fill: none; }
        .picture .p50 { stroke-dasharray: 6 3; }
        .picture .p95 { stroke-dasharray: 2 3; }
        .picture a:focus-visible rect, .picture a:focus-visible text { outline: 2px solid var(--focus); }
        """
}

/// Elements of a picture, in the order in which they are painted.
package struct Drawing: Sendable {
    private(set) var body = ""
    /// Then it is more than one thing to look at.
    private(set) var hasLinks = false

    package init() {}

    enum Anchor: String {
        case start, middle, end
    }

    /// - Parameter title: shown where the pointer rests on it.
    mutating func rect(
        _ style: String, x: Double, y: Double, width: Double, height: Double, title: String? = nil, link: String? = nil
    ) {
        let shape = """
            <rect class="\(style)" x="\(Self.number(x))" y="\(Self.number(y))" width="\(Self.number(max(0, width)))" \
            height="\(Self.number(max(0, height)))"
            """
        add(title.map { "\(shape)><title>\(HTMLText.escaped($0))</title></rect>" } ?? "\(shape)/>", link)
    }

    mutating func line(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        body += """
            <line class="\(style)" x1="\(Self.number(x1))" y1="\(Self.number(y1))" x2="\(Self.number(x2))" \
            y2="\(Self.number(y2))"/>

            """
    }

    mutating func text(
        _ style: String, x: Double, y: Double, _ anchor: Anchor, _ text: String, title: String? = nil,
        link: String? = nil
    ) {
        let style = style.isEmpty ? "" : " class=\"\(style)\""
        let place = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
        let title = title.map { "<title>\(HTMLText.escaped($0))</title>" } ?? ""
        add(
            "<text\(style) x=\"\(Self.number(x))\" y=\"\(Self.number(y))\"\(place)>\(HTMLText.escaped(text))\(title)</text>",
            link)
    }

    mutating func text(_ style: String, x: Double, y: Double, _ text: String, title: String? = nil) {
        self.text(style, x: x, y: y, .start, text, title: title)
    }

    private mutating func add(_ element: String, _ link: String?) {
        // Where there is no page to go to, a link would only mislead. By keyboard nobody walks through hundreds of them: each
        // picture stands beside a list with the same ones.
        hasLinks = hasLinks || link != nil
        body += (link.map { "<a href=\"\(HTMLText.escaped($0))\" tabindex=\"-1\">\(element)</a>" } ?? element) + "\n"
    }

    /// Two decimals at most: nobody sees more.
    static func number(_ value: Double) -> String {
        let hundredths = (value.isFinite ? value * 100 : 0).rounded()
        let (whole, rest) = Int64(hundredths.magnitude).quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
