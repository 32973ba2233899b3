import Foundation
import JournalRendering
import ModelLifecycle
import TestSupport
import Testing

/// `postmortem -o html`: one file that says it all, and does nothing.
@Suite(.turn(of: "CommandLineTests")) struct PostmortemPageTests {
    @Test func hostileTextIsOnlyText() async throws {
        try await withWorkspace { workspace in
            var failure = Failure(.processExited, "<script>alert(1)</script> & \"quotes\" \u{1b}[31m")
            failure.outputTail = "</pre><img src=x onerror=alert(2)>\n\u{202e}desrever"
            try await workspace.seed(.failed("<b>'en-us'", failure))
            let page = try await workspace.run("postmortem", "-o", "html")
            #expect(page.status == 0 && page.errors.isEmpty)
            let html = page.output
            #expect(html.hasPrefix("<!doctype html>"))
            #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; \\u{1b}[31m"))
            #expect(html.contains("&lt;/pre&gt;&lt;img src=x onerror=alert(2)&gt;\n\\u{202e}desrever"))
            #expect(html.contains("&lt;b&gt;&#39;en-us&#39;"))
            for tag in ["<script", "<img", "<b>", "<link", "<iframe", " href=", " src=\"", " onerror=\"", "url("] {
                #expect(!html.contains(tag), "\(tag)")
            }
            #expect(
                html.contains("content=\"default-src &#39;none&#39;") || html.contains("content=\"default-src 'none'"))
            #expect(!html.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || $0.value == 0x202E) })
        }
    }

    /// A parser that forgives nothing finds every element closed where it should be.
    @Test func theMarkupIsWellFormed() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(load: .milliseconds(100)), .failed("en-us")])
            let html = try await workspace.run("postmortem", "-o", "html").output
            var open: [Substring] = []
            for match in html.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
                let (_, end, name, selfClosing) = match.output
                if !selfClosing.isEmpty || name == "meta" { continue }
                if end.isEmpty { open.append(name) } else { #expect(open.popLast() == name, "</\(name)>") }
            }
            #expect(open.isEmpty, "\(open)")
        }
    }

    @Test func thePageShowsWhatTheTextSays() async throws {
        try await withWorkspace { workspace in
            var failed = SeededRun.failed(
                "en-us", Failure(.startupTimeout, "not READY after 1 s"), after: .seconds(1))
            failed.steps[1].trigger = .deadline
            try await workspace.seed([
                .unloaded(load: .milliseconds(100)), .unloaded(load: .milliseconds(400)), failed,
            ])
            let html = try await workspace.run("postmortem", "-o", "html").output
            for words in [
                "<title>en-us failed in LOADING after 1.00 s, StartupTimeout</title>", "Time in LOADING",
                // The bars are as long as the times are.
                "<rect class=\"this\" width=\"100.00\"", "<rect class=\"usual\" width=\"10.00\"",
                "<rect class=\"usual\" width=\"40.00\"", "Nothing that the journal records.",
                "modeljournal stats --model en-us", "UNINITIALIZED",
            ] { #expect(html.contains(words), "\(words): \(html)") }
        }
    }

    @Test func noOtherCommandMakesAPage() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let answer = try await workspace.run("runs", "-o", "html")
            #expect(answer.status == 64 && answer.output.isEmpty, "\(answer)")
        }
    }
}
