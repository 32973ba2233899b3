import LifecycleJournal

/// The functions that somebody's own SQL may call: those of SQLite itself that compute a value from
/// their arguments, the rows and the clock. Whatever else a build of SQLite brings along is refused.
enum SQLFunctions {
    static func isAllowed(_ name: String) -> Bool { allowed.contains(name.lowercased()) }

    private static let allowed: Set<String> = Set(core + aggregates + windows + dates + mathematics + json)

    private static let core = [
        "abs", "char", "coalesce", "concat", "concat_ws", "format", "glob", "hex", "if", "ifnull", "iif", "instr",
        "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min", "nullif", "octet_length", "printf",
        "quote", "random", "replace", "round", "rtrim", "sign", "soundex", "sqlite_version", "substr", "substring",
        "trim", "typeof", "unhex", "unicode", "unistr", "unistr_quote", "unlikely", "upper",
    ]
    private static let aggregates = [
        "avg", "count", "group_concat", "median", "percentile", "percentile_cont", "percentile_disc", "string_agg",
        "sum", "total",
    ]
    private static let windows = [
        "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank",
        "rank", "row_number",
    ]
    private static let dates = [
        "current_date", "current_time", "current_timestamp", "date", "datetime", "julianday", "strftime", "time",
        "timediff", "unixepoch",
    ]
    private static let mathematics = [
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees", "exp",
        "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "sin", "sinh", "sqrt", "tan",
        "tanh", "trunc",
    ]
    private static let json = [
        "->", "->>", "json", "json_array", "json_array_length", "json_each", "json_error_position", "json_extract",
        "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch", "json_pretty",
        "json_quote", "json_remove", "json_replace", "json_set", "json_tree", "json_type", "json_valid",
    ]
}
