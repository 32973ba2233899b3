import ArgumentParser
import Foundation
import JournalRendering
import JournalReports
import LifecycleJournal

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the transitions, grouped by run.",
        discussion: """
            The text shows one run after the other, in the order in which they began; with --follow, and in \
            the other formats, rows come in the order in which they were recorded.

            Examples:
              modeljournal history -n 20
              modeljournal history --model en-us --since yesterday --state ERROR
              modeljournal history -f
            """)

    @OptionGroup var source: SourceOption
    @OptionGroup var filters: FilterOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .shortAndLong, help: "Go on showing transitions as they are recorded, until interrupted.")
    var follow = false

    func validate() throws {
        if follow, source.fleet != nil { throw ValidationError("--follow is for a journal, and not for --fleet.") }
        if follow, filters.reverse { throw ValidationError("--follow and --reverse exclude each other.") }
        if follow, output.output == .json {
            throw ValidationError("--follow never ends, and json is one document; use -o ndjson.")
        }
    }

    func run() async throws {
        var filter = filters.filter
        if follow {
            if filter.lines == nil { filter.lines = 10 }
            try follow(source.journal.reader(), filter)
        } else {
            try await source.with { try await answer($0, filter) }
        }
    }

    private func answer(_ source: any ReportSource, _ filter: ReportFilter) async throws {
        let answer = Answer(options: output)
        guard let rows = try await source.history(filter, most: Answer.few) else {
            return try await answer.stream(columns: TransitionRow.columns) { put in
                try await source.eachTransition(filter) { put($0.value) }
            } text: { screen in
                var text = HistoryText(screen)
                try await source.eachRunsHistory(filter) { rows, events in
                    Answer.write(text.lines(rows, events: events).joined(separator: "\n"), terminator: "\n")
                }
            }
        }
        try await filters.note(isEmpty: rows.isEmpty, of: "transition", source)
        let events = filter.isOfWholeRuns ? try await source.events(of: Set(rows.map(\.runID))) : [:]
        answer.list(rows.map(\.value), columns: TransitionRow.columns) { screen in
            HistoryText.grouped(rows, events: events, screen).joined(separator: "\n")
        }
    }

    /// Between two looks for something new, in microseconds: soon enough for people, and a hundredth of the time of one
    /// processor at most.
    private static let pause: UInt32 = 25_000

    private func follow(_ reader: JournalReader, _ filter: ReportFilter) throws {
        var printer = FollowPrinter(output)
        // Asked in this order, a commit in between is seen once, in the next round.
        var version = try reader.dataVersion()
        var seen = try reader.lastSeq()
        let newest = seen
        var rows = try reader.history(filter).filter { $0.seq <= newest }
        var later = filter
        later.lines = nil
        while true {
            for row in rows { printer.print(row) }
            try StandardOutput.flush()
            repeat { usleep(Self.pause) } while try reader.dataVersion() == version
            version = try reader.dataVersion()
            rows = try reader.history(later, afterSeq: seen)
            seen = max(seen, rows.last?.seq ?? seen)
        }
    }
}

/// Rows one by one, in the formats that need no end.
private struct FollowPrinter {
    private let format: OutputFormat
    private var text: HistoryText
    private var hasHeader = false

    init(_ output: OutputOptions) {
        format = output.output
        text = HistoryText(output.screen)
    }

    mutating func print(_ row: TransitionRow) {
        switch format {
        case .text: Answer.write(text.lines(row).joined(separator: "\n"), terminator: "\n")
        case .json, .ndjson: Answer.write(JSONText.compact(row.value), terminator: "\n")
        case .csv:
            if !hasHeader { Answer.write(CSVText.row(TransitionRow.columns), terminator: "") }
            hasHeader = true
            Answer.write(CSVText.row(CSVText.columns(row.value).map(\.1)), terminator: "")
        }
    }
}
