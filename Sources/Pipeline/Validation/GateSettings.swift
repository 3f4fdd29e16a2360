/// What a checkpoint must show before any traffic. Margins are against the last good one.
package struct GateSettings: Codable, Sendable, Equatable {
    /// Log loss on the golden set may be worse by this share.
    package var lossMargin = 0.03
    /// In a slice.
    package var sliceMargin = 0.15
    /// Sum of predictions over sum of labels may be off by so many times more than it was.
    package var calibrationRatioMax = 1.3
    /// Population stability index of the scores.
    package var shiftMax = 0.5
    /// The norm and the largest weight may grow so many times.
    package var growthMax = 10.0
    /// The largest weight of one that has nothing to be compared with.
    package var weightMax = 200.0
    /// Examples that must have been met before learning nothing counts.
    package var stuckCountMin = 200.0
    /// Wall time, and memory in MiB, for loading and scoring in a process of its own.
    package var secondsMax = 10.0
    package var memoryMax = 4096
    /// Rows of the golden set, and of each class, below which it cannot tell.
    package var rowCountMin = 200
    package var classCountMin = 20
    /// Standard errors of an interval's half: 2.58 are 99 %.
    package var reach = 2.58

    package init() {}
}
