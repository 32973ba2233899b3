import ArgumentParser

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
    case ndjson
    case csv
}

enum ColorMode: String, CaseIterable, ExpressibleByArgument {
    case auto
    case always
    case never
}
