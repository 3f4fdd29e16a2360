import Numerics
import Vocabulary

/// What the cursors of a launch say by their log losses, scored side by side on what was shown.
package struct LaunchOffline: Codable, Sendable, Equatable {
    /// How much more log loss one has than another.
    package struct Gap: Codable, Sendable, Equatable {
        /// `C - A`: above 0, A is better.
        package var name: String
        package var band: LaunchBand
        /// Less what a stopped baseline has decayed by its mean age; nil beyond what was measured.
        package var corrected: LaunchBand?

        package init(_ name: String, _ band: LaunchBand, corrected: LaunchBand? = nil) {
            (self.name, self.band, self.corrected) = (name, band, corrected)
        }
    }

    /// Whether a candidate on its own traffic is behind for its design.
    package struct Handicap: Codable, Sendable, Equatable {
        /// `none`, `little` where it learned from too little, or `design`.
        package var cause: String
        package var text: String
        /// The candidate's log loss less production's, and less that of a production which learned
        /// from the same.
        package var candidate: LaunchBand
        package var matched: LaunchBand

        package init(cause: String, text: String, candidate: LaunchBand, matched: LaunchBand) {
            (self.cause, self.text) = (cause, text)
            (self.candidate, self.matched) = (candidate, matched)
        }
    }

    /// What a stopped baseline loses against a trainer that went on.
    package struct Age: Codable, Sendable, Equatable {
        package var hours: Double
        package var drop: Double
        package var error: Double

        package init(hours: Double, drop: Double, error: Double) {
            (self.hours, self.drop, self.error) = (hours, drop, error)
        }
    }

    /// The stopped baseline; nil without one.
    package var stopped: ArmName?
    package var gaps: [Gap] = []
    /// By age; empty without a stopped baseline.
    package var decay: [Age] = []
    /// Nil where the candidate learns what production learns.
    package var handicap: Handicap?
    /// The share of what the candidate showed that the log of before the launch has nothing like,
    /// and the others showed nothing like; nil while there is none, and without a stopped baseline.
    package var unsupported: Double?
    /// Better offline and worse for the business, or the other way round; nil while they agree.
    package var conflict: String?

    package init() {}

    /// What has to be known whatever there is room for.
    package var warnings: [String] {
        var words = conflict.map { ["CONFLICT \($0)"] } ?? []
        if let unsupported {
            words.append(
                "A cannot be judged offline: \(FigureText.percent(unsupported)) of what it showed "
                    + "is unsupported")
        }
        return words
    }

    /// A line each.
    package var lines: [String] {
        let name = stopped?.text ?? "C"
        var lines = gaps.map { gap in
            let corrected = gap.corrected.map { ", without \(name)'s decay \(LaunchPage.text($0))" }
            return "log loss \(gap.name): \(LaunchPage.text(gap.band))" + (corrected ?? "")
        }
        if let last = decay.last {
            lines.append(
                "stopped, \(name) has lost \(FigureText.text(last.drop)) ± "
                    + "\(FigureText.text(last.error)) by an age of "
                    + "\(FigureText.text(last.hours)) h")
        }
        return lines
    }
}
