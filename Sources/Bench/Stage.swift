/// What one round of a stage took.
package struct Sample: Sendable {
    package var rows: Int
    /// Of all threads; nil where a stage is not about CPU.
    package var cpuSeconds: Double?
    /// Ours by the floor's, in the same round.
    package var ratio: Double?
    /// Whatever else was found, by name; units come last in names.
    package var figures: [String: Double] = [:]

    package init(rows: Int, cpuSeconds: Double? = nil, ratio: Double? = nil) {
        self.rows = rows
        self.cpuSeconds = cpuSeconds
        self.ratio = ratio
    }
}

/// What a figure must not exceed.
package struct Goal: Sendable, Equatable {
    /// `ratio`, or the name of another figure of the stage.
    package var figure: String
    package var limit: Double

    package init(_ figure: String, atMost limit: Double) {
        self.figure = figure
        self.limit = limit
    }
}

/// One part of the data's way, or the whole of it, measured alone.
package protocol Stage: AnyObject {
    /// What must be there before the rounds, and is not measured.
    func prepare(_ scratch: Scratch) throws
    /// One round.
    func measure(_ scratch: Scratch) throws -> Sample
}

/// A stage as `spindle bench list` shows it.
package struct StageEntry: Sendable {
    package var name: String
    package var text: String
    /// What the ratio is to; empty without one.
    package var floor = ""
    package var goals: [Goal] = []
    package var forms: Set<WorkloadForm> = []
    /// Takes so long that it is measured only where it is named.
    package var isOnlyByName = false
    package var make: @Sendable () -> any Stage
}
