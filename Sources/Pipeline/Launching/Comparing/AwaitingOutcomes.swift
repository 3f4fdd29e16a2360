import Vocabulary

/// What came of one exposure, for one metric.
package struct Outcome: Sendable, Equatable {
    package var arm: ArmName
    /// Hash of the unit's name.
    package var unit: UInt64
    package var amount: Double
    package var base: Double
    /// Event time of the exposure.
    package var exposedAt: Instant

    package init(
        arm: ArmName, unit: UInt64, amount: Double, base: Double = 1, exposedAt: Instant
    ) {
        (self.arm, self.unit, self.amount) = (arm, unit, amount)
        (self.base, self.exposedAt) = (base, exposedAt)
    }
}

/// Outcomes that came before all of their time could: a purchase is known at once, and that there
/// was none only after the wait. Counted as they come, the newest hours would look too good.
package struct AwaitingOutcomes: Sendable, Equatable {
    /// Counts.
    package enum Limits {
        /// Outcomes that may wait; beyond, the oldest ones are let out early, and counted.
        package static let countMax = 1 << 20
    }

    private var steps: [Int64: [Outcome]] = [:]
    private let step: Span
    private let wait: Span
    package private(set) var count = 0
    /// Let out before their time, for want of room.
    package private(set) var earlyCount = 0
    private var releasedBefore = Int64.min

    package init(wait: Span) {
        self.wait = wait
        step = max(.minutes(1), Span(microseconds: wait.microseconds / 64))
    }

    /// False for one that comes after all of its time was let out: it is lost.
    package mutating func add(_ outcome: Outcome) -> Bool {
        let index = outcome.exposedAt.microseconds / step.microseconds
        guard index >= releasedBefore else { return false }
        steps[index, default: []].append(outcome)
        count += 1
        return true
    }

    /// Hands out, in the order of exposure by steps, what is complete by an event time up to
    /// which all labels are in.
    package mutating func release(completeTo time: Instant, _ body: (Outcome) -> Void) {
        let complete = ((time - wait).microseconds / step.microseconds)
        for index in steps.keys.sorted() {
            guard index < complete || count > Limits.countMax else { break }
            guard let outcomes = steps.removeValue(forKey: index) else { continue }
            if index >= complete { earlyCount += outcomes.count }
            count -= outcomes.count
            releasedBefore = max(releasedBefore, index + 1)
            for outcome in outcomes { body(outcome) }
        }
        releasedBefore = max(releasedBefore, complete)
    }
}
