import Engine
import Host
import Monitoring
import Operation
import Vocabulary

/// How ready a model is, by its settings and the score cards.
extension Readiness {
    /// What can go wrong and no drill of the shop shows: which alarm finds it.
    private static let others: [(fault: String, title: String, alarms: [String])] = [
        ("disk-full", "The disk is full or fails", ["disk_trouble"]),
        ("checkpoint-unwritten", "A checkpoint cannot be written", ["checkpoint_failed"]),
        ("bad-records", "A producer breaks the schema", ["quarantine_share"]),
        ("push-lost", "A push says that it is done, and is not", ["serving_not_pushed"]),
        ("push-way-broken", "The way of pushes is broken", ["push_probe_failed"]),
        ("bad-candidate", "A candidate harms the traffic that it is given", ["candidate_returned"]),
        ("serving-skew", "Training sees other features than serving", ["serving_skew"]),
        ("missing-values", "A feature stops coming", ["feature_missing"]),
        ("stuck-feature", "A feature stands still", ["feature_constant"]),
        ("doubled-records", "Records come twice", ["duplicates_high"]),
        ("worn-golden", "What serves gets worse on rows that never change", ["golden_set_worse"]),
        ("long-fallback", "A fallback is forgotten", ["fallback_too_long"]),
        ("forgotten-stop", "Training was stopped and forgotten", ["training_stopped"]),
    ]

    /// A drill counts in full for so long, and by half after that.
    static let freshness = Span.days(90)

    package init(
        _ settings: ModelSettings, _ scenarios: [Scenario], _ cards: [ScoreCard], at now: Instant
    ) {
        let drilled = scenarios.map { scenario in
            let card = cards.last { $0.scenario == scenario.name }
            return Self.mode(
                (scenario.name, scenario.title, scenario.foundBy), settings, scenario.name, card,
                now)
        }
        self.init(
            model: settings.name.text,
            modes: drilled + Self.others.map { Self.mode($0, settings, nil, nil, now) })
    }

    private static func mode(
        _ what: (fault: String, title: String, alarms: [String]), _ settings: ModelSettings,
        _ scenario: String?, _ card: ScoreCard?, _ now: Instant
    ) -> Mode {
        let why = what.alarms.map { ($0, reasonOff($0, settings)) }
        let on = why.filter { $0.1 == nil }.map(\.0)
        let off = why.compactMap { alarm, reason in reason.map { "\(alarm): \($0)" } }
        var score = 0.0
        if !on.isEmpty {
            // A detector is half; that it was seen to work is the other.
            score = scenario == nil ? 1 : 0.5
            if let card, card.foundBy.map(on.contains) == true {
                score += now - card.at <= freshness ? 0.5 : 0.25
            }
        }
        return Mode(
            fault: what.fault, title: what.title, detectors: on, off: off, scenario: scenario,
            lastDrill: card?.at, wasFound: card.map { $0.foundBy != nil },
            result: card.map { Result($0) }, score: score)
    }

    /// Why an alarm can never be raised with these settings; nil if it can.
    private static func reasonOff(_ alarm: String, _ settings: ModelSettings) -> String? {
        guard let name = AlarmName(rawValue: alarm) else { return "this program has no such alarm" }
        switch name {
        case .volumeLow, .volumeHigh, .duplicatesHigh, .featureMissing, .featureConstant,
            .featureUnit, .featureShifted, .categoryNew, .labelsLow, .labelDelayChanged,
            .labelRateChanged, .predictionsShifted:
            return settings.monitors.isOn ? nil : "monitors are off"
        case .modelStale:
            return settings.stalenessLimit == nil ? "there is no staleness_limit" : nil
        case .candidateReturned, .servingNotPushed, .pushProbeFailed:
            return settings.ramp == nil ? "there is no ramp" : nil
        case .quarantineShare:
            return settings.quarantineShareMax >= 1 ? "quarantine_share_max is 1" : nil
        case .labelsStalled:
            return settings.wait == nil ? "there is no wait for labels" : nil
        default: return nil
        }
    }
}

extension Readiness.Result {
    init(_ card: ScoreCard) {
        self.init(
            by: card.by, foundBy: card.foundBy, detectSeconds: card.detectSeconds,
            mitigateSeconds: card.mitigateSeconds,
            lostRevenueCents: card.damage.lostRevenueCents,
            withoutResponseCents: card.withoutResponse.lostRevenueCents)
    }
}

extension ReadinessAnswer {
    /// By the shipped scenarios, and the score cards of a state directory.
    package init(_ settings: [ModelSettings], in folder: String, at now: Instant) throws {
        let cards = try DrillBook(of: folder).cards()
        let scenarios = try ScenarioShelf.shipped()
        self.init(models: settings.map { Readiness($0, scenarios, cards, at: now) })
    }
}
