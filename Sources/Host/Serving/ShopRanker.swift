import Engine
import Ingestion
import Learning
import Numerics
import Serving
import Shop
import Vocabulary

/// What decides in the shop: a serving plan, visit by visit. One for each minute of the shop, so
/// that a push falls between two minutes, always the same two.
final class ShopRanker: Ranker {
    /// Who answers this visit; nil while a fallback without a checkpoint does.
    private(set) var served: ServedModel?
    private(set) var samples: [ServedSample] = []
    private(set) var tier: String?

    private let plan: ServingPlan
    private let parser: RecordParser
    private let room = ScoringRow()
    /// By visitor, who answered, where a log is followed.
    private let known: [String: ServedModel?]
    /// The plan of this visit: with the canary only where it answers.
    private var visit = ServingPlan()
    private var unit: UInt64 = 0
    private var time = Instant.distantPast
    private var zone: [UInt8] = []
    private var number: UInt64 = 0

    init(
        _ plan: ServingPlan, parser: RecordParser, following known: [String: ServedModel?] = [:]
    ) {
        (self.plan, self.parser, self.known) = (plan, parser, known)
    }

    var checkpoint: String? { served?.checkpoint.description }

    func begin(visitor: String, at time: Instant, zone: String) {
        self.time = time
        self.zone = Array("\"\(zone)\"".utf8)
        unit = FeatureHash.tag(visitor)
        visit = plan
        if let answered = known[visitor] {
            visit.canary = nil
            visit.firstTier = answered == nil ? .table : .model
            visit.stable = answered
        }
        let asksCanary = visit.firstTier == .model && visit.canary?.answers(unit) ?? false
        if asksCanary {
            served = visit.canary?.model
        } else {
            visit.canary = nil
            served = visit.model(of: visit.tier)
        }
        tier = asksCanary ? ServingTier.model.rawValue : visit.tier.rawValue
    }

    func probability(ofFeatures json: [UInt8]) -> Double {
        do throws(Rejection) {
            try parser.parseFeatures(json, at: time, zone: zone)
        } catch {
            preconditionFailure("the shop's own features break a rule: \(error.text)")
        }
        number += 1
        let key = SeededRandom.mixed(unit &+ number)
        let answer = visit.answer(
            EntryView(UnsafeRawPointer(parser.entry)), key: key, unit: unit, in: room
        ) { Predictor.text(of: $0, in: json) }
        samples.append(ServedSample(key: key, answer))
        return answer.probability
    }
}
