import Numerics

/// Log losses of cursors that are scored on the same examples, each before it learns them: what
/// they say of a stopped baseline's age, and of a candidate that learned from little.
package struct ControlMeasures: Sendable, Equatable {
    /// Losses of one example. One that isn't there is nil.
    package struct Losses: Sendable {
        package var candidate: Double
        package var production: Double
        /// Production, had it learned nothing of the candidate's traffic.
        package var alone: Double
        /// Production's settings on the candidate's very examples.
        package var matched: Double?
        package var stopped: Double?

        package init(
            candidate: Double, production: Double, alone: Double, matched: Double?,
            stopped: Double?
        ) {
            (self.candidate, self.production, self.alone) = (candidate, production, alone)
            (self.matched, self.stopped) = (matched, stopped)
        }
    }

    /// The candidate's less production's.
    package private(set) var candidate = MetricTally()
    /// The candidate's less the matched one's.
    package private(set) var matched = MetricTally()
    /// The stopped one's less the candidate's.
    package private(set) var stoppedLessCandidate = MetricTally()
    /// The stopped one's less production's.
    package private(set) var stoppedLessProduction = MetricTally()
    /// Of the stopped one against production without the candidate's traffic: what that teaches
    /// production is not the baseline's decay.
    package private(set) var decay = DecayMeasure()
    package private(set) var support = SupportMeasure()

    package init() {}

    /// `hours` have passed since the launch began.
    package mutating func note(_ losses: Losses, unit: UInt64, hours: Double) {
        candidate.add(unit: unit, amount: losses.candidate - losses.production)
        if let other = losses.matched {
            matched.add(unit: unit, amount: losses.candidate - other)
        }
        guard let stopped = losses.stopped else { return }
        stoppedLessCandidate.add(unit: unit, amount: stopped - losses.candidate)
        stoppedLessProduction.add(unit: unit, amount: stopped - losses.production)
        decay.add(unit: unit, hours: hours, loss: stopped - losses.alone)
    }

    package mutating func note(unit: UInt64, isCandidates: Bool, isNew: Bool) {
        support.add(unit: unit, isCandidates: isCandidates, isNew: isNew)
    }

    // MARK: bytes

    package func encode(to writer: inout ByteWriter) {
        for tally in [candidate, matched, stoppedLessCandidate, stoppedLessProduction] {
            tally.encode(to: &writer)
        }
        decay.encode(to: &writer)
        support.encode(to: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteFault) {
        candidate = try MetricTally(from: &reader)
        matched = try MetricTally(from: &reader)
        stoppedLessCandidate = try MetricTally(from: &reader)
        stoppedLessProduction = try MetricTally(from: &reader)
        decay = try DecayMeasure(from: &reader)
        support = try SupportMeasure(from: &reader)
    }
}
