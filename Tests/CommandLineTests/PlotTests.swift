import Foundation
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

    @Test(arguments: [
        (["plot", "timeline", "zz"], 64), (["plot", "compare", "-1"], 64), (["plot", "compare", "-1", "-9"], 64),
        (["plot", "latency", "--model", "nobody"], 64), (["plot", "latency", "--outcome", "cancelled"], 1),
        (["plot", "nothing"], 64), (["plot", "timeline", "--journal", "/nonexistent/journal"], 66),
    ])
    func whatCannotBeDrawnIsSaid(arguments: [String], status: Int) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let run = try await workspace.run(arguments)
            #expect(Int(run.status) == status && run.output.isEmpty && !run.errors.isEmpty, "\(run)")
        }
    }
}
