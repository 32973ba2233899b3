import ArgumentParser
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Which rows an answer is about.
struct FilterOptions: ParsableArguments {
    @Option(name: .long, help: "Only this model; may be repeated.")
    var model: [String] = []

    @Option(name: .long, help: "Only this provider; may be repeated.")
    var provider: [String] = []

    @Option(
        name: .long, parsing: .unconditional,
        help: "Only this run: an ID, a unique beginning of one, or -1 for the last that the other filters leave.",
        transform: RunArgument.parsed)
    var run: RunArgument?

    @Option(name: .long, help: "Only this request.")
    var correlationId: String?

    @Option(name: .long, help: "Only this engine: an ID or the beginning of one.")
    var engine: String?

    @Option(name: .long, help: "Only this state, e.g. READY; may be repeated.")
    var state: [ModelState] = []

    @Option(
        name: .long,
        help: "Only runs that ended so: in_progress, ready, unloaded, failed, cancelled, interrupted; may be repeated.")
    var outcome: [RunOutcome] = []

    @Option(name: .long, help: "Only this reason, e.g. WarmupFailed; may be repeated.")
    var reason: [FailureReason] = []

    @Option(
        name: [.customShort("S"), .long], parsing: .unconditional,
        help: "From this time on: 2026-11-23, '2026-11-23 02:31', an RFC 3339 time, -2h, '3 days ago', yesterday.",
        transform: TimeArgument.parsed)
    var since: TimeArgument?

    @Option(
        name: [.customShort("U"), .long], parsing: .unconditional, help: "Before this time.",
        transform: TimeArgument.parsed)
    var until: TimeArgument?

    @Option(name: [.customShort("n"), .long], parsing: .unconditional, help: "Only so many of the newest rows.")
    var lines: Int?

    @Flag(name: .shortAndLong, help: "Newest first.")
    var reverse = false

    @Option(name: .shortAndLong, help: "Only rows whose message matches this regular expression.")
    var grep: String?

    func validate() throws {
        if let lines, lines < 0 { throw ValidationError("--lines must not be negative.") }
        if let since, let until, until.time <= since.time {
            throw ValidationError("--until must be later than --since.")
        }
    }

    /// Says on stderr that an answer is empty because of the filters: nothing at all might be an error.
    func note(isEmpty: Bool, of what: String, _ source: any ReportSource) async throws {
        // Of an empty journal this has been said, and no lines may have been asked for.
        guard isEmpty, lines != 0, try await !source.isEmpty() else { return }
        StandardError.line("modeljournal: no \(what) matches the filters")
    }

    var filter: ReportFilter {
        var filter = ReportFilter()
        filter.models = model
        filter.providers = provider
        filter.run = run?.selector
        filter.correlationID = correlationId
        filter.engine = engine
        filter.states = state
        filter.outcomes = outcome
        filter.reasons = reason
        filter.since = since?.time
        filter.until = until?.time
        filter.lines = lines
        filter.reverse = reverse
        filter.grep = grep
        return filter
    }
}
