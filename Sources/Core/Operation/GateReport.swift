import Vocabulary

/// One check of a checkpoint's validation, with its figures in one line.
package struct GateCheck: Codable, Sendable, Equatable {
    /// What is looked at.
    package enum Subject: String, Codable, Sendable, CaseIterable {
        case integrity
        case load
        case nonFinite = "non_finite"
        case norms
        case learning
        case goldenSet = "golden_set"
        case loss
        case slices
        case calibration
        case scoreShift = "score_shift"
        case relearning
    }

    package var subject: Subject
    package var verdict: Verdict
    package var text: String

    package init(_ subject: Subject, _ verdict: Verdict, _ text: String) {
        (self.subject, self.verdict, self.text) = (subject, verdict, text)
    }

    /// Failed if any check failed, inconclusive if any cannot tell, passed if all passed: no
    /// evidence is no pass.
    package static func verdict(of checks: [GateCheck]) -> Verdict {
        let verdicts = checks.map(\.verdict)
        if verdicts.contains(.failed) { return .failed }
        if verdicts.isEmpty || verdicts.contains(.inconclusive) { return .inconclusive }
        return .passed
    }

    /// What a verdict rests on, a line each: the checks that are of that verdict; of one that
    /// passed, the main ones.
    package static func reasons(of checks: [GateCheck]) -> [String] {
        let verdict = verdict(of: checks)
        let shown: [Subject] = [.integrity, .nonFinite, .goldenSet, .loss]
        if verdict == .passed {
            return checks.filter { shown.contains($0.subject) }.map(\.text)
        }
        return checks.filter { $0.verdict == verdict }.map(\.text)
    }
}

/// The golden set against live traffic: worse on both is the model, worse on live traffic alone
/// the world.
package enum Quadrant: String, Codable, Sendable, CaseIterable {
    case asUsual = "as_usual"
    case modelWorse = "model_worse"
    case worldHarder = "world_harder"
    case goldenAlone = "golden_alone"

    package init(isGoldenWorse: Bool, isLiveWorse: Bool) {
        self =
            switch (isGoldenWorse, isLiveWorse) {
            case (true, true): .modelWorse
            case (false, true): .worldHarder
            case (true, false): .goldenAlone
            case (false, false): .asUsual
            }
    }

    package var text: String {
        switch self {
        case .asUsual: "both as usual"
        case .modelWorse: "the model: worse on live traffic and on the golden set"
        case .worldHarder:
            "the world is harder: worse on live traffic, the same on the golden set; riding "
                + "through keeps what is known"
        case .goldenAlone: "worse on the golden set alone: the set may be of another time"
        }
    }
}

/// A model's golden set, and how what serves does on it.
package struct GoldenReport: Codable, Sendable, Equatable {
    package var rows: Int
    package var positives: Int
    /// Mean log loss of what served at the last look, in nats; nil before the first.
    package var logLoss: Double?
    package var checkpoint: CheckpointID?
    /// Event time of that look.
    package var scoredAt: Instant?
    /// The median of a week's looks, and how the learner did on what came in of late and usually
    /// at that hour; nil while it is not known.
    package var usualLogLoss: Double?
    package var liveLogLoss: Double?
    package var usualLiveLogLoss: Double?
    package var quadrant: Quadrant?
    /// Why there is no usable set; nil if there is.
    package var fault: String?

    package init(rows: Int, positives: Int) {
        (self.rows, self.positives) = (rows, positives)
    }
}
