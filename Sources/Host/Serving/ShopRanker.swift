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
    private var visitArm = ArmName.production

    private let plan: ServingPlan
    private let parser: RecordParser
    private let room = ScoringRow()
    /// By visitor, who answered, where a log is followed.
    private let known: [String: Known]
    /// The plan of this visit: with the canary only where it answers.
    private var visit = ServingPlan()
    private var unit: UInt64 = 0
    private var time = Instant.distantPast
    private var zone: [UInt8] = []
    private var number: UInt64 = 0

    /// Who answered a visit that stands in the log.
    struct Known {
        var model: ServedModel?
        var arm: ArmName?
    }

    init(_ plan: ServingPlan, parser: RecordParser, following known: [String: Known] = [:]) {
        (self.plan, self.parser, self.known) = (plan, parser, known)
    }

    var checkpoint: String? { served?.checkpoint.description }
    var arm: String? { visitArm.text }
    var explores: Bool { plan.launch?.explores(visitArm) ?? true }

    func begin(visitor: String, at time: Instant, zone: String) {
        self.time = time
        self.zone = Array("\"\(zone)\"".utf8)
        unit = FeatureHash.tag(visitor)
        visit = plan
        let known = known[visitor]
        if let known { visit.follow(known.model) }
        visitArm = known.map { $0.arm ?? .production } ?? visit.arm(of: unit)
        switch known == nil ? visit.answer(of: visitArm) : nil {
        case .model(let model): visit.follow(model)
        case .fallback: visit.follow(nil)
        case nil: break
        }
        visit.launch = nil
        let asksCanary =
            visitArm == .production && visit.firstTier == .model
            && visit.canary?.answers(unit) ?? false
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
        room.features = parser.features
        number += 1
        let key = SeededRandom.mixed(unit &+ number)
        let answer = visit.answer(
            EntryView(UnsafeRawPointer(parser.entry)), key: key, unit: unit, in: room
        ) { Predictor.text(of: $0, in: json) }
        var sample = ServedSample(key: key, answer)
        sample.isProductions = visitArm == .production
        samples.append(sample)
        return answer.probability
    }
}

extension ServingPlan {
    /// Nothing but this answers: a model, or what answers where there is none.
    fileprivate mutating func follow(_ model: ServedModel?) {
        canary = nil
        firstTier = model == nil ? .table : .model
        stable = model
    }
}
