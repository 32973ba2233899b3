import Foundation
import LifecycleJournal
import TestSupport
import Testing

/// `plot` writes pictures that stand by themselves.
@Suite(.turn(of: "CommandLineTests")) struct PlotTests {
    @Test(arguments: [
        ["timeline"], ["timeline", "-2"], ["latency"], ["latency", "--model", "en-us", "-n", "1"], ["distribution"],
        ["distribution", "--outcome", "unloaded"], ["compare", "-2", "-1"],
    ])
    func aPictureGoesToStandardOutput(arguments: [String]) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .unloaded(load: .seconds(2)), .failed()])
            let run = try await workspace.run(["plot"] + arguments)
            #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
            #expect(run.output.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "))
            #expect(run.output.contains("<style>") && run.output.hasSuffix("</svg>\n"))
            for forbidden in ["<script", "href=", "url("] { #expect(!run.output.contains(forbidden), "\(forbidden)") }
        }
    }

    @Test func aFileIsReplacedByAWholeOne() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let file = workspace.path("run.svg")
            try Data("<svg old".utf8).write(to: URL(filePath: file))
            let run = try await workspace.run("plot", "timeline", "--file", file)
            #expect(run.status == 0 && run.output.isEmpty, "\(run)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).hasSuffix("</svg>\n"))
            let journal = try await workspace.run("plot", "timeline", "--file", workspace.journal)
            #expect(journal.status == 73 && journal.errors.contains("is no picture"), "\(journal)")
            #expect(try await workspace.run("verify").status == 0)
            let nowhere = try await workspace.run("plot", "timeline", "--file", workspace.path("no/such/run.svg"))
            #expect(nowhere.status == 73 && nowhere.errorLines.count == 1, "\(nowhere)")
        }
    }

    /// As root, a file in the place of a device would be a disaster.
    @Test func aDeviceStaysWhatItIs() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            for (device, status) in [("/dev/null", 0), ("/dev/full", 73)] {
                let link = workspace.path("link-\(status)")
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: device)
                for file in [device, link] {
                    let run = try await workspace.run("plot", "timeline", "--file", file)
                    #expect(Int(run.status) == status, "\(file): \(run)")
                    let kind = try FileManager.default.attributesOfItem(atPath: device)[.type] as? FileAttributeType
                    #expect(kind == .typeCharacterSpecial)
                }
            }
        }
    }

    #if os(Linux)
        /// Into a pipe that holds less than the picture.
        @Test func aReaderThatTakesItsTimeGetsAllOfIt() async throws {
            try await withWorkspace { workspace in
                try await workspace.seed(.unloaded())
                let pipe = workspace.path("pipe")
                try #require(mkfifo(pipe, 0o600) == 0)
                let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
                try #require(reader >= 0)
                let handle = FileHandle(fileDescriptor: reader, closeOnDealloc: true)
                // F_SETPIPE_SZ, which Swift's view of the C library lacks.
                let size = fcntl(reader, 1031, Int32(4096))
                try #require(size > 0)
                let run = try workspace.start(["plot", "timeline", "--file", pipe])
                try await eventually("the pipe is full") {
                    var filled: Int32 = 0
                    guard ioctl(reader, UInt(FIONREAD), &filled) == 0 else { return false }
                    return filled == size || !run.isRunning
                }
                _ = fcntl(reader, F_SETFL, Int32(0))
                let picture = Collected(reading: handle)
                let finished = try await run.finished()
                #expect(finished.status == 0 && finished.errors.isEmpty, "\(finished)")
                try await eventually("the end of the picture") { picture.isComplete }
                #expect(picture.text.hasPrefix("<?xml") && picture.text.hasSuffix("</svg>\n"))
            }
        }
    #endif

    /// Nobody knows how far it came: surely not until now.
    @Test func aRunWhoseEngineIsGoneDoesNotGoOn() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(load: .milliseconds(10)), .abandoned()])
            for arguments in [["timeline", "-1"], ["compare", "-2", "-1"]] {
                let run = try await workspace.run(["plot"] + arguments)
                #expect(run.status == 0 && run.output.contains("LOADING: ended, nobody knows when"), "\(run.output)")
            }
            // Nor until the next engine found it.
            try EngineJournal(path: workspace.journal).close()
            let run = try await workspace.run("plot", "timeline", "-1")
            #expect(run.output.contains("LOADING: ended, nobody knows when"), "\(run.output)")
            #expect(try await workspace.run("show", "-1").output.contains(", when it was found"))
        }
    }

    /// What failed once it served had started well; where nothing was measured, no axis says that it was.
    @Test func onlyAFailedStartIsMarkedAsOne() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let failed = try await workspace.run("plot", "latency")
            #expect(failed.output.contains("one run of en-us") && failed.output.contains("1 of 1 start failed"))
            #expect(failed.output.contains("No start has finished loading.") && !failed.output.contains("µs"))
            try await workspace.seed([.unloaded(), .unloaded("other")])
            let run = try await workspace.run("plot", "latency")
            #expect(run.output.contains("the last 3 runs of 2 models") && run.output.contains("1 of 3 starts failed"))
        }
    }

    @Test func aDashIsStandardOutputAndALinkToNothingStays() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let run = try await workspace.run("plot", "timeline", "--file", "-")
            #expect(run.status == 0 && run.output.hasSuffix("</svg>\n"), "\(run)")
            let link = workspace.path("link.svg")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nonexistent/x.svg")
            let refused = try await workspace.run("plot", "timeline", "--file", link)
            #expect(refused.status == 73 && refused.errors.contains("leads nowhere"), "\(refused)")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/nonexistent/x.svg")
            let full = try await workspace.run("plot", "timeline", "--file", "/dev/full")
            #expect(full.status == 73 && full.errors.hasSuffix(": No space left on device\n"), "\(full)")
        }
    }

    @Test func whatWasTypedIsWhatIsNamed() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run("plot", "compare", "-3", "-1", "-2")
            #expect(run.errors == "modeljournal: unexpected argument '-2' (see `modeljournal plot compare --help`)\n")
        }
    }

    @Test(arguments: [
        (["plot", "timeline", "zz"], 64), (["plot", "compare", "-1"], 64), (["plot", "compare", "-1", "-9"], 64),
        (["plot", "latency", "--model", "nobody"], 64), (["plot", "latency", "--outcome", "cancelled"], 1),
        (["plot", "nothing"], 64), (["plot", "latency", "-n", "0"], 64), (["plot", "distribution", "-n", "0"], 64),
        (["plot", "timeline", "--journal", "/nonexistent/journal"], 66),
    ])
    func whatCannotBeDrawnIsSaid(arguments: [String], status: Int) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let run = try await workspace.run(arguments)
            #expect(Int(run.status) == status && run.output.isEmpty && !run.errors.isEmpty, "\(run)")
        }
    }
}
