package import LifecycleJournal

/// Not GRDB's own, which cuts a text at its first NUL byte.
package typealias Row = LifecycleJournal.Row
