import Foundation
import JournalRendering
import JournalReports
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle
import ModelLifecycleTesting
import StatusServer
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The pages, as text; a browser looks at them in CommandLineTests.
@Suite(.turn(of: "StatusServerTests")) struct PageTests {
    @Test func anEmptyJournalSaysWhatToDo() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let page = try await get("/", port: port)
            #expect(page.status == 200)
            #expect(page.body.contains("Nothing has been recorded yet"))
            #expect(page.body.contains("modeljournal run --once"))
        }
    }

    @Test func whatServersSayIsNoMarkup() async throws {
        try await withPlace { place in
            let hostile = "<script>alert(1)</script>\u{1b}[31m\u{202e}\"'&"
            try await place.openEngine(model: "<b>m</b>")
            place.provider.script(.load, .fail(Failure(.modelLoadFailed, hostile, outputTail: hostile)))
            _ = try await place.preloader.initialize()
            let port = try await place.serve().address.port
            let overview = try await get("/", port: port)
            let run = try #require(overview.body.firstMatch(of: /\/run\?id=([0-9a-f-]+)/)?.1)
            for path in ["/", "/run?id=\(run)", "/postmortem?run=\(run)", "/postmortem"] {
                let page = try await get(path, port: port)
                #expect(page.status == 200, "\(path)")
                #expect(page.body.contains("&lt;script&gt;alert(1)"), "\(path)")
                #expect(!page.body.contains("<script>alert") && !page.body.contains("<b>m"), "\(path)")
                #expect(!page.body.contains("\u{1b}") && !page.body.contains("\u{202e}"), "\(path)")
                // Nothing that the policy of these pages forbids.
                #expect(
                    !page.body.contains("style=") && !page.body.contains("<style") && !page.body.contains("onclick"))
            }
        }
    }

    @Test func aRunThatIsNotThereIsNotFound() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle()
            let port = try await place.serve().address.port
            for path in [
                "/run", "/run?id=zz", "/run?id=", "/run?id=%00", "/postmortem", "/postmortem?run=0", "/?model=nobody",
            ] {
                #expect(try await get(path, port: port).status == 404, "\(path)")
            }
        }
    }

    @Test func theStartUnderWayStandsBesideItsHistory() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle(3)
            let gate = Gate()
            place.provider.script(.load, .wait(gate))
            try place.preloader.begin()
            try await place.provider.begun(.load, times: 4)
            let port = try await place.serve().address.port
            let page = try await get("/", port: port).body
            #expect(page.contains("class=\"progress\"") && page.contains("data-mark=\"p99\""))
            gate.open()
            try await eventually("READY without another server") {
                try await get("/", port: port).body.contains("is-READY")
            }
        }
    }
}

/// Pictures are XML, whatever is in the journal, and say in words what they show.
@Suite(.turn(of: "StatusServerTests")) struct PictureTests {
    private func check(_ picture: Picture, contains words: String...) throws {
        let parser = XMLParser(data: Data(picture.file.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError)): \(picture.file.prefix(2000))")
        for word in words { #expect(picture.file.contains(word), "\(word)") }
        #expect(!picture.file.contains("nan") && !picture.file.contains("inf\""))
    }

    @Test func allOfThemAreWellFormed() async throws {
        try await withPlace { place in
            try await place.openEngine(model: "<m> & \"q\"")
            try await place.cycle(4)
            place.provider.script(.warmUp, .fail(Failure(.warmupFailed, "<nothing> & \u{1b}[1m")))
            _ = try await place.preloader.initialize()
            let reader = try JournalReader(path: place.journal)
            let runs = try reader.runs(ReportFilter())
            let failed = try reader.story(.last(1))
            let good = try reader.story(.last(2))
            try check(.timeline(failed, now: nil, utc: true), contains: "WARMING_UP", "WarmupFailed", "&lt;nothing&gt;")
            try check(.timeline(good, now: nil, utc: true), contains: "LOADING", "then READY for")
            try check(.comparison(good, failed, now: nil, utc: true), contains: ">A  ", ">B  ")
            try check(.latency(runs, utc: true) { "/run?id=\($0.runID)&x" }, contains: "p50", "p95", "✕")
            try check(.latency([], utc: true), contains: "the last 0 runs")
            try check(.lanes(runs, now: .now, utc: true), contains: "&lt;m&gt;")
            let durations = StartDurations(merging: try reader.durations(ReportFilter()))
            try check(
                .distribution(
                    "all", [("start-up", durations.histogram(.startup)), ("load", durations.histogram(.load))]),
                contains: "start-up", "p50")
            try check(.distribution("none", []), contains: "No start has finished")
        }
    }

    /// A single start of no length, and one of a day among short ones.
    @Test func extremesAreDrawn() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle()
            let reader = try JournalReader(path: place.journal)
            var run = try #require(try reader.runs(ReportFilter()).first)
            for startup: Int64 in [0, 1, 86_400_000_000, .max / 4] {
                (run.startup, run.load, run.warmup) = (startup, startup, 0)
                try check(.latency([run], utc: true), contains: "p50")
                try check(.lanes([run], now: .now, utc: true))
            }
        }
    }

    /// People get a page, programs get JSON.
    @Test func aBrowserIsToldOnAPage() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve(source: SaidStates([])).address.port
            for path in ["/nowhere", "/run", "/run?id=zz", "/nothing?%3Cscript%3E", "/postmortem"] {
                let page = try await get(path, port: port, fields: "Accept: text/html,*/*;q=0.8\r\n")
                #expect(page.status == 404 && page.body.contains("<h1>Not found</h1>"), "\(path)")
                #expect(!page.body.contains("<script>"))
                let json = try await get(path, port: port)
                #expect(try json.status == 404 && json.json["error"] is String, "\(path)")
            }
        }
    }

    @Test func aRunIsFoundByEitherName() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve(source: SaidStates([])).address.port
            for path in ["/run", "/postmortem"] {
                for name in ["id", "run"] {
                    let answer = try await get("\(path)?\(name)=ffffffff", port: port)
                    #expect(answer.status == 404 && answer.body.contains("no run 'ffffffff'"), "\(path) \(answer.body)")
                }
            }
        }
    }
}
