import Foundation

/// The parts of `tools/bench` that call the library. Each prints figures for it to read, or to show.
@main
enum Benchmark {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.dropFirst().compactMap { Int($0) }, arguments.dropFirst().first) {
        case ("engine", _, _): try await EngineBenchmark.run()
        case ("append", let numbers, let path?) where numbers.count == 2:
            try await AppendBenchmark(path: path, models: numbers[0], transitions: numbers[1]).run()
        case ("append-beside-notes", let numbers, let path?) where numbers.count == 3:
            try await AppendBenchmark(
                path: path, models: 1, transitions: numbers[0], pause: .microseconds(numbers[1]),
                leavesNotes: numbers[2] > 0
            ).run()
        case ("make", let numbers, let path?) where numbers.count == 3:
            try await MadeJournal(path: path, transitions: numbers[0], models: numbers[1], seed: UInt64(numbers[2]))
                .write()
        case ("dangle", let numbers, let path?) where numbers.count == 1:
            try await DanglingRuns(path: path, count: numbers[0]).leave()
        case ("open", _, let path?): try OpeningBenchmark(path: path).run()
        case ("tick", let numbers, let path?) where numbers.count == 2:
            try await TickBenchmark(path: path, count: numbers[0], milliseconds: numbers[1]).run()
        default:
            FileHandle.standardError.write(
                Data(
                    """
                    usage: lifecycle-benchmark engine
                           lifecycle-benchmark append JOURNAL MODELS TRANSITIONS
                           lifecycle-benchmark append-beside-notes JOURNAL TRANSITIONS PAUSE_US 0|1
                           lifecycle-benchmark make JOURNAL TRANSITIONS MODELS SEED
                           lifecycle-benchmark dangle JOURNAL RUNS
                           lifecycle-benchmark open JOURNAL
                           lifecycle-benchmark tick JOURNAL TRANSITIONS MILLISECONDS

                    """.utf8))
            exit(64)
        }
    }
}
