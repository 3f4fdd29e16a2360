import Ingestion
import Learning
import Numerics
import Vocabulary

/// What an answer came from, the best first. Each has its data in a file of its own.
package enum ServingTier: String, Codable, Sendable, CaseIterable, Comparable {
    case model
    /// The newest fully blessed checkpoint besides.
    case lastGood = "last_good"
    /// A lookup table of the most common answers.
    case table
    /// One number.
    case constant

    package static func < (left: ServingTier, right: ServingTier) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .model: 0
        case .lastGood: 1
        case .table: 2
        case .constant: 3
        }
    }
}

/// A fault that a canary is made to have, to see that it is found.
package enum CanaryFault: String, Codable, Sendable, CaseIterable {
    /// One score in 100 fails.
    case errors = "canary-errors"
    /// Scores spread five times as far about the same place.
    case variance = "canary-variance"
    /// Its traffic stops after the first stage.
    case vanish = "canary-vanish"
    /// What is measured of it is not a number.
    case nan = "canary-nan"
    /// Its scores leave their place while it waits at the second stage.
    case breach = "gate-breach"
}

/// A checkpoint that answers a share of the units, to be compared with the one that answers the
/// rest.
package struct Canary: Sendable {
    package var model: ServedModel
    /// In (0, 1].
    package var share: Double
    /// Counts from 0.
    package var stage: Int
    package var fault: CanaryFault?

    package init(model: ServedModel, share: Double, stage: Int, fault: CanaryFault? = nil) {
        (self.model, self.share, self.stage, self.fault) = (model, share, stage, fault)
    }

    /// Whether it answers a unit: a keyed hash, so that a unit stays where it is while the share
    /// grows, and so that each candidate begins with other units.
    package func answers(_ unit: UInt64) -> Bool {
        if fault == .vanish, stage > 0 { return false }
        var random = SeededRandom(key: unit).forked(
            part: Self.part, UInt64(model.checkpoint.number))
        return random.unit() < share
    }

    private static let part: UInt64 = 0x63_616E_6172_79
}

/// Who answers the requests of one model. Immutable once published; another one takes its place
/// as a whole, so that a request sees one plan from beginning to end.
package struct ServingPlan: Sendable {
    package var stable: ServedModel?
    package var canary: Canary?
    package var lastGood: ServedModel?
    package var table: FallbackTable?
    package var constant = 0.5
    /// Nothing above this tier answers: switched by hand, or `model`.
    package var firstTier = ServingTier.model
    /// Tiers whose self-test failed.
    package var failedTiers: [ServingTier] = []

    package init() {}

    /// The tier that the next request of a unit outside the canary will be answered from.
    package var tier: ServingTier {
        ServingTier.allCases.first { isReady($0) } ?? .constant
    }

    /// True if a tier may answer and has what it needs. The constant always does.
    package func isReady(_ tier: ServingTier) -> Bool {
        guard tier >= firstTier, !failedTiers.contains(tier) else { return tier == .constant }
        return switch tier {
        case .model: stable != nil
        case .lastGood: lastGood != nil
        case .table: table != nil
        case .constant: true
        }
    }

    /// Scores an entry for a unit. What fails is passed over for the tier below it.
    ///
    /// `key` is the hash of the example's id; `tableValue` gives the text of a feature, for the
    /// table.
    package func answer(
        _ entry: EntryView, key: UInt64, unit: UInt64, in room: ScoringRow,
        tableValue: (String) -> String?
    ) -> ServingAnswer {
        var answer = ServingAnswer()
        if firstTier == .model, let canary, canary.answers(unit) {
            answer.asksCanary = true
            answer.take(
                canary.score(entry, key: key, in: room), from: .model, canary.model.checkpoint)
        }
        for tier in ServingTier.allCases where answer.tier == nil && isReady(tier) {
            switch tier {
            case .model: answer.take(stable, entry, room, tier)
            case .lastGood: answer.take(lastGood, entry, room, tier)
            case .table:
                if let table {
                    answer.take(table.probability(of: tableValue(table.feature)), from: tier, nil)
                }
            case .constant: answer.take(constant, from: tier, nil)
            }
        }
        return answer
    }
}

/// One answer: what it is, where it came from, and what was passed over on the way.
package struct ServingAnswer: Sendable, Equatable {
    package var probability = 0.5
    /// Nil while nothing has answered.
    package fileprivate(set) var tier: ServingTier?
    package fileprivate(set) var checkpoint: CheckpointID?
    /// True if the unit is the canary's, whoever answered in the end.
    package fileprivate(set) var asksCanary = false
    /// Checkpoints whose score was not a probability.
    package fileprivate(set) var failed: [CheckpointID] = []

    fileprivate mutating func take(
        _ served: ServedModel?, _ entry: EntryView, _ room: ScoringRow, _ tier: ServingTier
    ) {
        guard let served else { return }
        let score = Entropy.sigmoid(served.learner.score(entry, in: room))
        take(score, from: tier, served.checkpoint)
    }

    fileprivate mutating func take(
        _ score: Double, from tier: ServingTier, _ checkpoint: CheckpointID?
    ) {
        guard score >= 0, score <= 1 else {
            if let checkpoint { failed.append(checkpoint) }
            return
        }
        (probability, self.tier, self.checkpoint) = (score, tier, checkpoint)
    }
}

extension Canary {
    /// The probability, with the fault that was asked for.
    func score(_ entry: EntryView, key: UInt64, in room: ScoringRow) -> Double {
        let logit = model.learner.score(entry, in: room)
        var chance = SeededRandom(key: key).forked(part: Self.faults)
        switch fault {
        case nil, .vanish: return Entropy.sigmoid(logit)
        case .errors: return chance.chance(0.01) ? .nan : Entropy.sigmoid(logit)
        case .variance:
            return Entropy.sigmoid(logit + 4 * (chance.chance(0.5) ? 1 : -1))
        case .nan: return .nan
        case .breach: return Entropy.sigmoid(stage > 0 ? logit + 3 : logit)
        }
    }

    private static let faults: UInt64 = 0x66_6175_6C74
}
