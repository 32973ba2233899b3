import Foundation
import ModelLifecycle
import TestSupport
import Testing

/// The page in a real browser.
@Suite(
    .enabled(if: Browser.driverPath != nil, "needs chromium-driver"), .serialized, .turn(of: "CommandLineTests, alone"))
struct BrowserTests {
    @Test func aModelIsSeenBecomingReadyWithoutAReload() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            // A past, to judge the start by.
            for _ in 0..<2 {
                let past = try await workspace.run(
                    server.arguments(server.warmup + ["--once"], flags: ["--unready-for", "300ms"]),
                    environment: server.environment)
                #expect(past.status == 0, "\(past)")
            }
            let browser = try await Browser(workspace)
            let site = try await StatusSite(
                workspace, server.arguments(server.warmup, flags: ["--unready-for", "12s"]),
                environment: server.environment)
            try await browser.open(site.url("/"))
            try await eventually("LOADING is shown", { try await browser.text("#now").contains("LOADING") })
            _ = try await browser.run("window.sameDocument = true")
            #expect(
                try await browser.run("return document.querySelector('.progress .done, .progress .late') !== null")
                    as? Bool == true)
            #expect(try await browser.text("#now").contains("p99"))
            try await eventually("READY is shown", { try await browser.text("#now .state").contains("READY") })
            #expect(try await browser.run("return window.sameDocument === true") as? Bool == true)
            #expect(try await browser.text("#live") == "live")
            #expect(try await browser.run("return document.title") as? String == "● m READY")
            #expect(try await site.get("/health").status == 200)
            #expect(try await browser.complaints().isEmpty)
            site.program.send(SIGTERM)
            try await eventually("UNINITIALIZED, or nobody to ask any more") {
                let live = try await browser.text("#live")
                let state = try await browser.text("#now .state")
                return live.contains("not connected") || state.contains("UNINITIALIZED")
            }
            try await browser.close()
        }
    }

    @Test func hostileTextOfAFailedWarmUpIsText() async throws {
        try await withWorkspace { workspace in
            let hostile =
                "<script>window.hurt = true; alert(1)</script><img src=x onerror='window.hurt = true'>\u{1b}[31m\u{202e}"
            var run = SeededRun.failed()
            run.steps = [
                .init(to: .loading, trigger: .initialize),
                .init(to: .warmingUp, trigger: .loaded, elapsed: .seconds(1)),
                .init(
                    to: .error, trigger: .warmupFailed, elapsed: .seconds(2),
                    failure: Failure(.warmupFailed, hostile, outputTail: hostile),
                    warmups: [WarmupMeasurement(elapsed: .seconds(2), error: hostile)]),
            ]
            try await workspace.seed([.unloaded(), run])
            let site = try await StatusSite(workspace, ["serve"])
            let browser = try await Browser(workspace)
            try await browser.open(site.url("/"))
            try await browser.click(link: "why: WarmupFailed")
            let text = try await browser.text("main")
            #expect(text.contains("en-us failed in WARMING_UP"))
            #expect(text.contains("<script>window.hurt = true; alert(1)</script>"))
            #expect(text.contains("\\u{1b}[31m\\u{202e}"))
            #expect(
                try await browser.run("return window.hurt === undefined && document.images.length === 0") as? Bool
                    == true)
            try await browser.open(site.url("/"))
            try await browser.click(link: "this run")
            #expect(try await browser.text("h1").contains("en-us"))
            #expect(try await browser.run("return window.hurt === undefined") as? Bool == true)
            #expect(try await browser.complaints().isEmpty)
            try await browser.close()
        }
    }

    @Test func aPageGoesOnAfterItsServerWasStartedAgain() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let first = try await StatusSite(workspace, ["serve"])
            let browser = try await Browser(workspace)
            try await browser.open(first.url("/"))
            try await eventually("it is live", { try await browser.text("#live") == "live" })
            _ = try await browser.run("window.sameDocument = true")
            first.program.send(SIGTERM)
            #expect(try await first.program.finished().status == 0)
            try await eventually("it says so", { try await browser.text("#live").contains("not connected") })
            try await workspace.seed(.failed())
            let second = try await StatusSite(workspace, ["serve"], port: first.port)
            try await eventually("the new run is shown") {
                try await browser.text("#recent").contains("why: ModelLoadFailed")
            }
            try await workspace.seed(.failed("another"))
            try await eventually("and the next one", { try await browser.text("#now").contains("another") })
            #expect(try await browser.run("return window.sameDocument === true") as? Bool == true)
            second.program.send(SIGTERM)
            _ = try await second.program.finished()
            try await browser.close()
        }
    }

    /// axe-core's rules, contrast among them, on every page, light and dark, wide and narrow.
    @Test(.enabled(if: Browser.accessibilityScript != nil, "needs axe-core"))
    func nobodyIsKeptOut() async throws {
        try await withWorkspace { workspace in
            let empty = try await withEmptyJournal(workspace)
            try await workspace.seed([.unloaded(), .failed(), .abandoned("other"), .unloaded("third")])
            let site = try await StatusSite(workspace, ["serve"])
            let browser = try await Browser(workspace)
            let run = try #require(try await workspace.runs().first { $0.outcome == "failed" }).runId
            for (theme, width) in [("light", 1200), ("dark", 360)] {
                try await browser.look(theme: theme, width: width)
                for url in [
                    empty.url("/"), site.url("/"), site.url("/run?id=\(run)"), site.url("/postmortem?run=\(run)"),
                ] {
                    try await browser.open(url)
                    let faults = try await browser.accessibilityFaults()
                    #expect(faults.isEmpty, "\(url), \(theme): \(faults)")
                    // Nothing but tables and pictures, within their own place, is wider than a phone.
                    let wide = try await browser.run("return document.documentElement.scrollWidth - window.innerWidth")
                    #expect((wide as? Int ?? 1) <= 0, "\(url), \(width)")
                }
            }
            #expect(try await browser.complaints().isEmpty)
            try await browser.close()
        }
    }

    private func withEmptyJournal(_ workspace: Workspace) async throws -> StatusSite {
        let path = workspace.path("empty.sqlite")
        try EmptyJournal.make(path)
        return try await StatusSite(workspace, ["serve", "--journal", path])
    }
}
