import LifecycleJournal

/// Not GRDB's own, which cuts a text at its first NUL byte.
typealias Row = LifecycleJournal.Row
