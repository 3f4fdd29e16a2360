import Launching
import Shop
import Vocabulary

/// What really happens to a launch in the shop, and so what its verdict has to be.
package enum LaunchTruth: String, CaseIterable, Sendable {
    /// Shoppers like a new range that only A may find, and A's traffic teaches B.
    case rangePooled = "range-pooled"
    /// The same, with A and B each on their own traffic.
    case rangeApart = "range-apart"
    /// Shoppers want everything a fifth less.
    case worldFalls = "world-falls"
    /// The candidate's design is no good.
    case candidateWorse = "candidate-worse"
    /// A partner's wrong labels teach B, and not A.
    case productionWorse = "production-worse"
    /// A partner's wrong labels teach both.
    case bothWorse = "both-worse"
    /// Taste turns away from dear brands: A and B follow, C, which stopped, doesn't.
    case baselineDecays = "baseline-decays"
    /// A and B are the same, and nothing happens.
    case nothing

    package var expected: LaunchVerdict.Cause {
        switch self {
        case .rangePooled: .bothGained
        case .rangeApart: .candidateBetter
        case .worldFalls: .worldGotWorse
        case .candidateWorse: .candidateWorse
        case .productionWorse: .productionWorse
        case .bothWorse: .bothGotWorse
        case .baselineDecays: .baselineDecays
        case .nothing: .noDifference
        }
    }

    var hasRange: Bool { self == .rangePooled || self == .rangeApart }
    var hasPartner: Bool { self == .productionWorse || self == .bothWorse }

    /// Where C is held against its own history, no week is to differ from the one before by what
    /// was sold out. A new range is found by whoever does not believe its pages, which say that it
    /// is sold out: others have to be, too.
    var hasFullShelves: Bool {
        switch self {
        case .worldFalls, .baselineDecays, .nothing: true
        case .rangePooled, .rangeApart, .candidateWorse, .productionWorse, .bothWorse: false
        }
    }

    /// That there is no difference, or a small one, takes more to be told.
    var visitsPerDay: Int {
        switch self {
        case .worldFalls, .baselineDecays, .nothing: 12_000
        case .rangePooled, .rangeApart, .candidateWorse, .productionWorse, .bothWorse: 6000
        }
    }

    /// Lines of `[models.shop.launch]`.
    var terms: String {
        var lines: [String] = []
        if self == .rangeApart || self == .productionWorse { lines.append("data = \"apart\"") }
        if hasRange { lines.append("explore = [\"A\"]") }
        if self == .candidateWorse {
            // So large a penalty leaves no weight that is not 0.
            lines += ["[models.shop.launch.candidate]", "l1 = 100000"]
        }
        return lines.joined(separator: "\n")
    }

    func disturbances(from start: Instant, to end: Instant) -> [Disturbance] {
        func appeal(_ strength: Double, of products: [String] = []) -> Disturbance {
            var one = Disturbance(.appeal, from: start, to: end)
            (one.strength, one.products) = (strength, products)
            return one
        }
        switch self {
        case .worldFalls: return [appeal(-0.4)]
        case .baselineDecays:
            let dear = ["highland", "fjordull", "muckle", "tiendanube", "old-mill", "kinu"]
            return [appeal(-3, of: dear)]
        case .rangePooled, .rangeApart, .candidateWorse, .productionWorse, .bothWorse, .nothing:
            return []
        }
    }
}
