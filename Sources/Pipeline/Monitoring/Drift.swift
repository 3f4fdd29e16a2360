/// A change of a stream's level, as a detector saw it: an event, with an estimate of its onset.
package struct Drift: Sendable, Equatable {
    /// How many values there were, and their mean.
    package struct Level: Sendable, Equatable {
        package var count: Int
        package var mean: Double

        package init(count: Int, mean: Double) {
            self.count = count
            self.mean = mean
        }
    }

    /// What came before the likely onset, as far back as the detector remembers.
    package var before: Level
    /// What came since, the newest value included: the onset lies `after.count` values back.
    package var after: Level

    package init(before: Level, after: Level) {
        self.before = before
        self.after = after
    }
}

/// What came of one value that a drift detector was given.
package enum DriftFinding: Sendable, Equatable {
    case nothing
    case drift(Drift)
    /// Not a number, or none that sums can hold: the detector is as it was before. Whoever asks
    /// must raise this; a detector that gets no values finds no drift.
    case refused
}
