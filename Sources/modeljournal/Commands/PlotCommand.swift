import ArgumentParser
import Foundation
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw a picture (SVG): a run, latency over time, distribution, two runs.",
        discussion: """
            The picture goes to stdout, or into --file. It needs nothing else: any browser shows it, light or dark, and its \
            text can be searched and copied.

            Examples:
              modeljournal plot timeline > run.svg
              modeljournal plot latency --model en-us --file latency.svg
              modeljournal plot compare -2 -1 > change.svg
            """,
        subcommands: [PlotTimeline.self, PlotLatency.self, PlotDistribution.self, PlotCompare.self])
}

/// Where a picture goes.
struct PictureOptions: ParsableArguments {
    @Option(
        name: .long, help: "Write the picture there, and not to stdout; another picture there is replaced. - is stdout."
    )
    var file: String?

    @Flag(name: .long, help: "Times in UTC.")
    var utc = false

    static let noRuns = CommandFailure(.usage, "a picture needs at least one run: --lines 1 or more")

    func put(_ picture: Picture) throws {
        guard let file, file != "-" else { return Answer.write(picture.file, terminator: "") }
        let bytes = Data(picture.file.utf8)
        // What a link leads to is what is meant.
        let target = URL(filePath: file).resolvingSymlinksInPath()
        guard (try? FileManager.default.destinationOfSymbolicLink(atPath: target.path)) == nil else {
            throw CommandFailure(.cannotCreate, "\(file): a link that leads nowhere is not replaced")
        }
        do {
            guard try !holdsSomethingElse(target.path) else {
                throw CommandFailure(.cannotCreate, "\(file): what lies there is no picture, and is not replaced")
            }
        } catch let error as POSIXError {
            throw CommandFailure(
                .cannotCreate,
                "\(file): what lies there cannot be read, and is not replaced\(SystemError.words(error))")
        }
        do {
            if isSpecial(target.path) {
                try writeInto(target.path, bytes)
            } else {
                // Under its name only when it is whole.
                try bytes.write(to: target, options: .atomic)
            }
        } catch {
            throw CommandFailure(
                .cannotCreate, "\(file): the picture cannot be written there\(SystemError.words(error))")
        }
    }

    /// A typing error must not cost anybody a journal.
    /// - Throws: `POSIXError` where a file lies there that nobody can look at.
    private func holdsSomethingElse(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        var beginning = [UInt8](repeating: 0, count: 5)
        let count = read(descriptor, &beginning, beginning.count)
        guard count >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        return count > 0 && !["<?xml", "<svg "].contains(String(decoding: beginning.prefix(count), as: UTF8.self))
    }

    /// Whether a device or a pipe lies there, which no file may take the place of.
    private func isSpecial(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
    }

    private func writeInto(_ path: String, _ bytes: Data) throws {
        // A pipe that nobody reads is not waited for.
        let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // One that reads slowly is.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }
}

struct PlotTimeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Draw the phases of one run and its warm-up requests, as a Gantt chart.")

    @Argument(
        help: ArgumentHelp(
            "The run: an ID, a unique beginning of one, or -1 for the last. (default: -1)", valueName: "run"),
        transform: RunArgument.parsed)
    var selected: RunArgument?

    @OptionGroup var picture: PictureOptions
    @OptionGroup var source: SourceOption

    func run() async throws {
        let story = try await source.with(saysIfEmpty: false) { try await $0.story(selected?.selector ?? .last(1)) }
        try picture.put(.timeline(story, now: .now, utc: picture.utc))
    }
}

struct PlotLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Draw start-up latency over time: load and warm-up of each run, failures marked, p50 and p95.")

    /// More bars than that are no picture.
    private static let most = 600

    @OptionGroup var picture: PictureOptions
    @OptionGroup var source: SourceOption
    @OptionGroup var filters: FilterOptions

    func run() async throws {
        var filter = filters.filter
        filter.lines = min(filter.lines ?? 120, Self.most)
        filter.reverse = false
        guard filter.lines != 0 else { throw PictureOptions.noRuns }
        let runs = try await source.with { source in
            let runs = try await source.runs(filter)
            try await filters.note(isEmpty: runs.isEmpty, of: "run", source)
            return runs
        }
        guard !runs.isEmpty else { throw ExitCode(ExitStatus.no.rawValue) }
        try picture.put(.latency(runs, utc: picture.utc))
    }
}

struct PlotDistribution: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distribution", abstract: "Draw how often which start-up, load and warm-up time came.")

    @OptionGroup var picture: PictureOptions
    @OptionGroup var source: SourceOption
    @OptionGroup var filters: FilterOptions

    func run() async throws {
        guard filters.lines != 0 else { throw PictureOptions.noRuns }
        let histograms = try await source.with { source in
            let histograms = try await source.histograms(filters.filter)
            try await filters.note(isEmpty: histograms.models.isEmpty, of: "run", source)
            return histograms
        }
        guard let first = histograms.models.first else { throw ExitCode(ExitStatus.no.rawValue) }
        let name = histograms.models.count == 1 ? "How long starts of \(first) take" : "How long starts take"
        try picture.put(.distribution(name, histograms.phases))
    }
}

struct PlotCompare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Draw two runs on one scale, phase by phase.")

    @Argument(
        help: ArgumentHelp("The first run, as in `plot timeline`.", valueName: "a"), transform: RunArgument.parsed)
    var first: RunArgument

    @Argument(help: ArgumentHelp("The second run.", valueName: "b"), transform: RunArgument.parsed)
    var second: RunArgument

    @OptionGroup var picture: PictureOptions
    @OptionGroup var source: SourceOption

    func run() async throws {
        let (one, other) = try await source.with(saysIfEmpty: false) { source in
            (try await source.story(first.selector), try await source.story(second.selector))
        }
        try picture.put(.comparison(one, other, now: .now, utc: picture.utc))
    }
}
