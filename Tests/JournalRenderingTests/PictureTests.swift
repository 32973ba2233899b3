import Testing

@testable import JournalRendering

/// Pictures, without the program that writes them.
@Suite struct PictureTests {
    private func picture(_ drawing: Drawing) -> Picture {
        Picture(title: "<b>en-us</b>", description: "\"2\" & 3", width: 100, height: 50, drawing: drawing)
    }

    @Test func aPictureStandsInAPageOrByItself() {
        let picture = picture(Drawing())
        #expect(picture.inline.hasPrefix("<svg ") && picture.inline.hasSuffix("</svg>"))
        #expect(picture.inline.contains("viewBox=\"0 0 100 50\"") && !picture.inline.contains("<style>"))
        #expect(picture.file.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "))
        #expect(picture.file.contains("viewBox=\"-12 -12 124 74\"") && picture.file.contains("<style>"))
        #expect(picture.file.hasSuffix("</svg>\n"))
    }

    @Test func hostileTextIsOnlyText() {
        var drawing = Drawing()
        drawing.text("name", x: 1, y: 2, "<script>\u{1b}", title: "</title><img>")
        drawing.rect("bad", x: 1, y: 2, width: 3, height: 4, title: "a & b", link: "#\" onclick=\"x")
        let file = picture(drawing).file
        for forbidden in ["<script", "<img", "<b>", "\u{1b}", "\" onclick=\""] {
            #expect(!file.contains(forbidden), "\(forbidden)")
        }
        for words in [
            "&lt;script&gt;", "&lt;b&gt;en-us&lt;/b&gt;", "&quot;2&quot; &amp; 3", "<title>a &amp; b</title>",
        ] {
            #expect(file.contains(words), "\(words)")
        }
    }

    /// A picture with links is more than one thing to look at.
    @Test func linksMakeAGroup() {
        var drawing = Drawing()
        #expect(picture(drawing).inline.contains("role=\"img\""))
        drawing.rect("load", x: 0, y: 0, width: 1, height: 1, link: "#run")
        #expect(picture(drawing).inline.contains("role=\"group\""))
    }

    @Test(
        arguments: [
            (0, "0"), (1, "1"), (2.5, "2.5"), (2.25, "2.25"), (2.05, "2.05"), (1.999, "2"), (-0.5, "-0.5"),
            (-0.001, "0"), (.nan, "0"), (.infinity, "0"),
        ] as [(Double, String)]) func aNumberHasTwoDecimalsAtMost(number: Double, text: String)
    {
        #expect(Drawing.number(number) == text)
    }

    @Test func aScaleOfTimesBeginsAtZero() {
        let scale = TimeScale(most: 10_000_000, length: 100)
        #expect([-1, 0, 5_000_000, 99_000_000].map(scale.place) == [0, 0, 50, 100])
        #expect(scale.ticks == [0, 2, 4, 6, 8, 10].map { $0 * 1_000_000 })
        // Minutes are counted by sixty.
        #expect(TimeScale(most: 600_000_000, length: 1).ticks == [0, 2, 4, 6, 8, 10].map { $0 * 60_000_000 })
        #expect(TimeScale(most: 0, length: 1).ticks == [0, 1])
    }

    @Test func aLogarithmicScaleHasRoomForItsWords() {
        let scale = LogarithmicScale(from: 1000, to: 1_000_000, length: 300)
        #expect([0, 1000, 1_000_000, 2_000_000].map(scale.place) == [0, 0, 300, 300])
        #expect(scale.ticks == [1000, 5000, 20_000, 100_000, 500_000])
        // No round number lies between these.
        #expect(LogarithmicScale(from: 300, to: 600, length: 300).ticks == [300, 600])
    }

    @Test func noMeasurementIsSaid() {
        let picture = Picture.distribution("en-us", [])
        #expect(picture.description == "nothing yet" && picture.inline.contains("No start has finished a phase yet."))
    }
}
