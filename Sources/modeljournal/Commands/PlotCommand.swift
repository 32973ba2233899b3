import ArgumentParser
import Foundation
import JournalRendering
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
    @Option(name: .long, help: "Write the picture there, and not to stdout; another picture there is replaced.")
    var file: String?

    @Flag(name: .long, help: "Times in UTC.")
    var utc = false

    func put(_ picture: Picture) throws {
        guard let file else { return Answer.write(picture.file, terminator: "") }
        let bytes = Data(picture.file.utf8)
        // What a link leads to is what is meant.
        let target = URL(filePath: file).resolvingSymlinksInPath()
        if holdsSomethingElse(target.path) {
            throw CommandFailure(.cannotCreate, "\(file): what lies there is no picture, and is not replaced")
        }
        do {
            if isSpecial(target.path) {
                try writeInto(target.path, bytes)
            } else {
                // Under its name only when it is whole.
                try bytes.write(to: target, options: .atomic)
            }
        } catch {
            throw CommandFailure(.cannotCreate, "\(file): the picture cannot be written there")
        }
    }

    /// A typing error must not cost anybody a journal.
    private func holdsSomethingElse(_ path: String) -> Bool {
        guard !isSpecial(path), let handle = FileHandle(forReadingAtPath: path),
            let beginning = try? handle.read(upToCount: 5)
        else { return false }
        return !beginning.isEmpty && !["<?xml", "<svg "].contains(String(decoding: beginning, as: UTF8.self))
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
        try handle.write(contentsOf: bytes)
        try handle.close()
    }
}

struct PlotTimeline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Draw the phases of one run and its warm-up requests, as a Gantt chart.")

    @Argument(
        help: ArgumentHelp(
            "The run: an ID, a unique beginning of one, or -1 for the last. (default: -1)", valueName: "run"),
        transform: RunArgument.parsed)
    var selected: RunArgument?

    @OptionGroup var picture: PictureOptions
    @OptionGroup var journal: JournalOption

    func run() throws {
        let story = try journal.reader().story(selected?.selector ?? .last(1))
        let isUnderWay = story.run.endedAt == nil && story.run.isSettled
        try picture.put(.timeline(story, now: isUnderWay ? .now : nil, utc: picture.utc))
    }
}

struct PlotLatency: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Draw start-up latency over time: load and warm-up of each run, failures marked, p50 and p95.")

    /// More bars than that are no picture.
    private static let most = 600

    @OptionGroup var picture: PictureOptions
    @OptionGroup var journal: JournalOption
    @OptionGroup var filters: FilterOptions

    func run() throws {
        let reader = try journal.reader()
        var filter = filters.filter
        filter.lines = min(filter.lines ?? 120, Self.most)
        filter.reverse = false
        let runs = try reader.runs(filter)
        try filters.note(isEmpty: runs.isEmpty, of: "run", reader)
        guard !runs.isEmpty else { throw ExitCode(ExitStatus.no.rawValue) }
        try picture.put(.latency(runs, utc: picture.utc))
    }
}

struct PlotDistribution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distribution", abstract: "Draw how often which start-up, load and warm-up time came.")

    @OptionGroup var picture: PictureOptions
    @OptionGroup var journal: JournalOption
    @OptionGroup var filters: FilterOptions

    func run() throws {
        let reader = try journal.reader()
        let models = try reader.durations(filters.filter)
        try filters.note(isEmpty: models.isEmpty, of: "run", reader)
        guard let first = models.first else { throw ExitCode(ExitStatus.no.rawValue) }
        let all = StartDurations(merging: models)
        let name = models.count == 1 ? "How long starts of \(first.model) take" : "How long starts take"
        try picture.put(
            .distribution(
                name,
                [
                    ("start-up", try all.histogram(.startup)), ("load", try all.histogram(.load)),
                    ("warm-up", try all.histogram(.warmup)),
                ]))
    }
}

struct PlotCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Draw two runs on one scale, phase by phase.")

    @Argument(
        help: ArgumentHelp("The first run, as in `plot timeline`.", valueName: "a"), transform: RunArgument.parsed)
    var first: RunArgument

    @Argument(help: ArgumentHelp("The second run.", valueName: "b"), transform: RunArgument.parsed)
    var second: RunArgument

    @OptionGroup var picture: PictureOptions
    @OptionGroup var journal: JournalOption

    func run() throws {
        let reader = try journal.reader()
        let (first, second) = (try reader.story(first.selector), try reader.story(second.selector))
        try picture.put(.comparison(first, second, now: .now, utc: picture.utc))
    }
}
