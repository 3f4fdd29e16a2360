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
    /// Whether a candidate on its own traffic is behind for its design, in words.
    package var handicap: String?
    /// The share of what the candidate showed that nobody else ever showed the like of; nil while
    /// there is none.
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
