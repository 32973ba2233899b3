import ArgumentParser
import Foundation

/// How an answer looks.
struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "text, json (one document), ndjson (one object a line) or csv.")
    var output: OutputFormat = .text

    @OptionGroup var screenOptions: ScreenOptions

    var screen: Screen { screenOptions.screen }
}

/// How text looks.
struct ScreenOptions: ParsableArguments {
    @Option(name: .long, help: "Colour: auto (on a terminal, unless NO_COLOR is set), always, never.")
    var color: ColorMode = .auto

    @Flag(name: .long, help: "Show times in UTC instead of local time.")
    var utc = false

    var screen: Screen { Screen(color: color, utc: utc, descriptor: STDOUT_FILENO) }
}

extension Answer {
    init(options: OutputOptions) { self.init(format: options.output, screen: options.screen) }
}
