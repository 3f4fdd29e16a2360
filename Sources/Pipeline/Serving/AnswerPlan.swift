import Numerics
import Vocabulary

/// What a plan can ask for an answer: a checkpoint's learner, from any thread.
package protocol AnsweringModel: Sendable {
    /// What a thread that asks must have of its own.
    associatedtype Room

    var checkpoint: CheckpointID { get }
    /// The logit for an entry.
    func score(_ entry: EntryView, in room: Room) -> Double
}

/// A checkpoint that answers a share of the units, to be compared with the one that answers the
/// rest.
package struct CanaryShare<Model: AnsweringModel>: Sendable {
    package var model: Model
    /// In (0, 1].
    package var share: Double
    /// Counts from 0.
    package var stage: Int
    package var fault: FaultName?

    package init(model: Model, share: Double, stage: Int, fault: FaultName? = nil) {
        (self.model, self.share, self.stage, self.fault) = (model, share, stage, fault)
    }

    /// Whether it answers a unit: a keyed hash, so that a unit stays where it is while the share
    /// grows, and so that each candidate begins with other units.
    package func answers(_ unit: UInt64) -> Bool {
        if fault == .canaryVanish, stage > 0 { return false }
        var random = SeededRandom(key: unit).forked(
            part: Self.part, UInt64(model.checkpoint.number))
        return random.unit() < share
    }

    private static var part: UInt64 { 0x63_616E_6172_79 }
}

/// Who answers the requests of one model. Immutable once published; another one takes its place
/// as a whole, so that a request sees one plan from beginning to end.
package struct AnswerPlan<Model: AnsweringModel>: Sendable {
    package var stable: Model?
    package var canary: CanaryShare<Model>?
    /// The arms of a launch; nil while none is served. A canary answers units of production only.
    package var launch: LaunchArms<Model>?
    package var lastGood: Model?
    package var table: FallbackTable?
    package var constant = 0.5
    /// Nothing above this tier answers: switched by hand, or `model`.
    package var firstTier = ServingTier.model
    /// Tiers whose self-test failed.
    package var failedTiers: [ServingTier] = []

    package init() {}

    /// From now on this answers all that no canary does; what answered before is the last good.
    package mutating func install(_ model: Model) {
        if let stable, stable.checkpoint != model.checkpoint { lastGood = stable }
        stable = model
        if canary?.model.checkpoint == model.checkpoint { canary = nil }
    }

    /// The tier that the next request of a unit outside the canary will be answered from.
    package var tier: ServingTier {
        ServingTier.allCases.first { isReady($0) } ?? .constant
    }

    /// True if a tier may answer and has what it needs. The constant always does.
    package func isReady(_ tier: ServingTier) -> Bool {
        guard tier >= firstTier, !failedTiers.contains(tier) else { return tier == .constant }
        return switch tier {
        case .model, .lastGood: model(of: tier) != nil
        case .table: table != nil
        case .constant: true
        }
    }

    /// What a tier answers with; nil for those without a checkpoint.
    package func model(of tier: ServingTier) -> Model? {
        switch tier {
        case .model: stable
        case .lastGood: lastGood
        case .table, .constant: nil
        }
    }

    /// The arm of a unit: production where there is no launch. A unit keeps its arm while a
    /// fallback answers all of them alike.
    package func arm(of unit: UInt64) -> ArmName {
        launch?.assignment(unit) ?? .production
    }

    /// What answers for an arm instead of what answers production; nil where that does.
    package func answer(of arm: ArmName) -> LaunchArms<Model>.Answer? {
        firstTier == .model ? launch?.answers[arm] : nil
    }

    /// Scores an entry for a unit. What fails is passed over for the tier below it.
    ///
    /// `key` is the hash of the example's id; `tableValue` gives the text of a feature, for the
    /// table.
    package func answer(
        _ entry: EntryView, key: UInt64, unit: UInt64, in room: Model.Room,
        tableValue: (String) -> String?
    ) -> ServingAnswer {
        var answer = ServingAnswer()
        answer.arm = arm(of: unit)
        var first = ServingTier.model
        switch self.answer(of: answer.arm) {
        case .model(let model): answer.take(model, entry, room, .model)
        case .fallback: first = .table
        case nil: break
        }
        if firstTier == .model, answer.arm == .production, let canary, canary.answers(unit) {
            answer.asksCanary = true
            answer.take(
                canary.score(entry, key: key, in: room), from: .model, canary.model.checkpoint)
        }
        for tier in ServingTier.allCases
        where answer.tier == nil && tier >= first && isReady(tier) {
            switch tier {
            case .model, .lastGood: answer.take(model(of: tier), entry, room, tier)
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
    /// Whose traffic it is.
    package fileprivate(set) var arm = ArmName.production
    /// True if the unit is the canary's, whoever answered in the end.
    package fileprivate(set) var asksCanary = false
    /// The first score that was not a probability, and so was passed over.
    package fileprivate(set) var failedScore: Double?

    /// Nobody has answered yet.
    package init() {}

    fileprivate mutating func take<Model: AnsweringModel>(
        _ served: Model?, _ entry: EntryView, _ room: Model.Room, _ tier: ServingTier
    ) {
        guard let served else { return }
        let score = Entropy.sigmoid(served.score(entry, in: room))
        take(score, from: tier, served.checkpoint)
    }

    fileprivate mutating func take(
        _ score: Double, from tier: ServingTier, _ checkpoint: CheckpointID?
    ) {
        guard score >= 0, score <= 1 else {
            failedScore = failedScore ?? score
            return
        }
        (probability, self.tier, self.checkpoint) = (score, tier, checkpoint)
    }
}

extension CanaryShare {
    /// The probability, with the fault that was asked for.
    func score(_ entry: EntryView, key: UInt64, in room: Model.Room) -> Double {
        let logit = model.score(entry, in: room)
        var chance = SeededRandom(key: key).forked(part: Self.faults)
        switch fault {
        case .canaryErrors: return chance.chance(0.05) ? -1 : Entropy.sigmoid(logit)
        case .canaryVariance:
            return Entropy.sigmoid(logit + 8 * (chance.chance(0.5) ? 1 : -1))
        case .canaryNaN: return .nan
        case .gateBreach: return Entropy.sigmoid(stage > 0 ? logit + 3 : logit)
        case nil, .canaryVanish, .nanStep, .trainingHang, .nanWeights, .explodedWeights,
            .zeroGradient, .flippedBit, .wrongGolden, .slowLoad, .pushNoop, .pushBlock:
            return Entropy.sigmoid(logit)
        }
    }

    private static var faults: UInt64 { 0x66_6175_6C74 }
}
