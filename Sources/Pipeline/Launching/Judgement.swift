/// What one look at a canary came to; not knowing is a verdict of its own.
package enum CanaryVerdict: String, Codable, Sendable {
    /// Enough was seen, nothing lies beyond its margin, nothing is absent. It does not say that
    /// the canary is as good as the control: only that no fault larger than the margins and the
    /// widths of the sequences was there to be found.
    case passed
    case failed
    /// Too little was seen, or something is absent: hold.
    case noData
}

/// One check of a canary, with its figures.
package struct CanaryCheck: Codable, Sendable, Equatable {
    /// What is looked at.
    package enum Subject: String, Codable, Sendable, CaseIterable {
        case traffic
        case numbers
        case errors
        case scoreMean
        case scoreVariance
        case outliers
        case labels
        case logLoss
        case calibration
    }

    /// What came of it.
    package enum Outcome: String, Codable, Sendable {
        case passed
        case failed
        /// Waiting for more will help.
        case tooFew
        /// Something that should be there is not, or is no number.
        case absent
        /// Left out, for the reason in its line; it keeps nothing from passing.
        case notJudged
    }

    package let subject: Subject
    package let outcome: Outcome
    /// One line for the operator.
    package let line: String
    package var canary: Double?
    package var control: Double?
    /// The confidence sequence of the difference, or nothing where the test is exact.
    package var low: Double?
    package var high: Double?
    /// What the difference may be.
    package var margin: Double?
    /// Of an exact test: how likely so much is by chance, and below what it fails.
    package var chance: Double?
    package var chanceMin: Double?

    init(_ subject: Subject, _ outcome: Outcome, _ line: String) {
        self.subject = subject
        self.outcome = outcome
        self.line = line
    }
}

/// A verdict with its evidence.
package struct Judgement: Codable, Sendable, Equatable {
    package let verdict: CanaryVerdict
    package let checks: [CanaryCheck]
    /// What Kayenta would have said; filled in where it was asked for.
    package var ranks: RankComparison?

    init(_ checks: [CanaryCheck]) {
        self.checks = checks
        let outcomes = checks.map(\.outcome)
        if outcomes.contains(.failed) {
            verdict = .failed
        } else if outcomes.contains(.absent) || outcomes.contains(.tooFew) {
            verdict = .noData
        } else {
            verdict = .passed
        }
    }

    /// Whether something is absent that waiting for more samples does not bring.
    package var isSomethingAbsent: Bool { checks.contains { $0.outcome == .absent } }

    /// What the verdict rests on, in one line: what failed, or is absent, or is too few yet.
    package var reason: String {
        let worst: [CanaryCheck.Outcome] = [.failed, .absent, .tooFew]
        for outcome in worst {
            let lines = checks.filter { $0.outcome == outcome }.map(\.line)
            if !lines.isEmpty { return lines.joined(separator: "; ") }
        }
        let judged = checks.filter { $0.outcome == .passed }.count
        return "nothing beyond its margin in \(judged) checks"
    }

    /// Every check in a line, what Kayenta would have said last.
    package var lines: [String] { checks.map(\.line) + (ranks.map { [$0.line] } ?? []) }
}
