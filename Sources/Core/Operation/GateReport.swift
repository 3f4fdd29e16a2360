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

/// A model's golden set, and how what serves does on it.
package struct GoldenReport: Codable, Sendable, Equatable {
    package var rows: Int
    package var positives: Int
    /// Mean log loss of what served at the last look, in nats; nil before the first.
    package var logLoss: Double?
    package var checkpoint: CheckpointID?
    /// Event time of that look.
    package var scoredAt: Instant?
    /// Why there is no usable set; nil if there is.
    package var fault: String?

    package init(rows: Int, positives: Int) {
        (self.rows, self.positives) = (rows, positives)
    }
}
