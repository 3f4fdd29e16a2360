import Numerics
import Vocabulary

/// What the comparisons come to, in words: METHODS' F9.
///
/// The baseline adds no power to A against B; it says whose doing a difference is.
package struct LaunchVerdict: Codable, Sendable, Equatable {
    /// What happened.
    package enum Cause: String, Codable, Sendable, CaseIterable {
        case withheld
        case cannotTell
        case noDifference
        case candidateBetter
        case candidateWorse
        case candidateHandicapped
        case productionBetter
        case productionWorse
        case candidateUpProductionDown
        case candidateDownProductionUp
        case bothGained
        case bothGotWorse
        case baselineDecays
        case worldGotWorse
        case worldGotBetter
    }

    package let cause: Cause
    package let text: String

    /// The four comparisons, as directions of what is better: up is good.
    package struct Evidence: Sendable, Equatable {
        package var candidate: Direction
        package var production: Direction
        package var baseline: Direction
        package var between: Direction
        package var kind: BaselineKind
        /// How much of what taught production was served by the candidate; nil if not known.
        package var taughtByCandidate: Double?
        /// The candidate learned from its own traffic alone, and a production that learned from as
        /// little is no better.
        package var isHandicapped = false

        package init(
            candidate: Direction, production: Direction, baseline: Direction, between: Direction,
            kind: BaselineKind, taughtByCandidate: Double? = nil
        ) {
            (self.candidate, self.production) = (candidate, production)
            (self.baseline, self.between) = (baseline, between)
            (self.kind, self.taughtByCandidate) = (kind, taughtByCandidate)
        }
    }

    private init(_ cause: Cause, _ text: String) {
        (self.cause, self.text) = (cause, text)
    }

    /// Arms that are not alike, or a baseline that is none, say nothing.
    package static func withheld(_ reason: String) -> LaunchVerdict {
        LaunchVerdict(.withheld, "withheld: \(reason)")
    }

    package init(_ evidence: Evidence) {
        let (cause, words) = Self.pair(evidence)
        var text = words
        if cause != .baselineDecays, cause != .worldGotWorse, cause != .worldGotBetter {
            switch evidence.baseline {
            case .down: text += "; beside that, the baseline fell against its own history"
            case .up: text += "; beside that, the baseline rose against its own history"
            case .level, .open: break
            }
        }
        self.init(cause, text)
    }

    /// The two arms against the baseline.
    private static func pair(_ evidence: Evidence) -> (Cause, String) {
        if isDecay(evidence) {
            return (
                .baselineDecays,
                "C is decaying: A and B stay, C fell against its own history; use the decay curve"
            )
        }
        switch (evidence.candidate, evidence.production) {
        case (.up, .up): return bothUp(evidence)
        case (.down, .down):
            return (
                .bothGotWorse,
                "A and B got worse together: shared data, shared code or shared feedback; C is "
                    + "the only witness"
            )
        case (.up, .down): return (.candidateUpProductionDown, "A is better and B got worse")
        case (.down, .up):
            return evidence.isHandicapped
                ? handicapped : (.candidateDownProductionUp, "A is worse and B got better")
        case (.up, .level): return (.candidateBetter, "A is better")
        case (.down, .level):
            return evidence.isHandicapped ? handicapped : (.candidateWorse, "A got worse")
        case (.level, .up): return (.productionBetter, "B is better, A is as C")
        case (.level, .down): return (.productionWorse, "B got worse")
        case (.level, .level): return neither(evidence)
        case (.open, _), (_, .open): return partly(evidence)
        }
    }

    private static let handicapped = (
        Cause.candidateHandicapped,
        "handicap: A learned from little, and a B that learned from as little is no better"
    )

    /// Production is what the baseline was, only fresher. Where that is ahead of a baseline that
    /// fell, and A is not told from it, it is the baseline's age.
    private static func isDecay(_ evidence: Evidence) -> Bool {
        guard evidence.kind.ages, evidence.baseline == .down, evidence.production == .up else {
            return false
        }
        switch (evidence.candidate, evidence.between) {
        case (.up, _), (.level, .level), (.level, .open): return true
        case (.level, _), (.down, _), (.open, _): return false
        }
    }

    private static func bothUp(_ evidence: Evidence) -> (Cause, String) {
        if case .fallback = evidence.kind {
            return (.bothGained, "A and B are both better than the fallback; that is no news")
        }
        guard let taught = evidence.taughtByCandidate, taught > 0 else {
            return (.bothGained, "A and B both gained, and B was not taught by A's traffic")
        }
        var text =
            "B learned from A: both gained, and \(FigureText.percent(taught)) of what taught B "
            + "was served by A"
        if evidence.between == .up { text += "; A is ahead still" }
        return (.bothGained, text)
    }

    private static func neither(_ evidence: Evidence) -> (Cause, String) {
        switch evidence.baseline {
        case .down: (.worldGotWorse, "the world moved: all arms got worse alike")
        case .up: (.worldGotBetter, "the world moved: all arms got better alike")
        case .level, .open:
            switch evidence.between {
            case .up: (.noDifference, "no difference from C that counts, and A is ahead of B")
            case .down: (.noDifference, "no difference from C that counts, and A is behind B")
            case .level, .open: (.noDifference, "no difference between the arms")
            }
        }
    }

    /// One is known, or none; what A and B differ in directly may settle it.
    private static func partly(_ evidence: Evidence) -> (Cause, String) {
        switch (evidence.candidate, evidence.production, evidence.between) {
        case (.up, .open, .up): (.candidateBetter, "A is better; B is not told from C yet")
        case (.down, .open, .down):
            evidence.isHandicapped
                ? handicapped : (.candidateWorse, "A got worse; B is not told from C yet")
        case (.open, .down, .up): (.productionWorse, "B got worse; A is not told from C yet")
        case (.open, .up, .down): (.productionBetter, "B is better; A is not told from C yet")
        default: (.cannotTell, "cannot tell yet")
        }
    }
}
