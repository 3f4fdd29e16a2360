import Operation
import Vocabulary

extension Scene {
    /// Who answers requests, and who would if that failed: a line a tier. Returns the rows used.
    mutating func drawTiers(of model: ModelReport, in area: Area) -> Int {
        let serving = model.serving
        guard !serving.tiers.isEmpty, area.height > serving.tiers.count else { return 0 }
        drawRule("serving tiers, the best first", row: area.row, in: area)
        for (index, tier) in serving.tiers.enumerated() {
            let row = area.row + 1 + index
            let words = Words.standing(of: tier, in: serving)
            var column = canvas.put(
                Words.tier(tier.tier).padded(10), row: row, column: area.column + 1, .heading)
            column = canvas.put(
                words.text.padded(12), row: row, column: column + 1, words.role)
            column = canvas.put(Words.gap(of: tier).padded(20), row: row, column: column + 1)
            canvas.put(tier.text, row: row, column: column + 1, width: area.endColumn - column - 1)
        }
        return serving.tiers.count + 1
    }
}

extension Words {
    /// Whether a tier answers, could, or could not.
    fileprivate static func standing(
        of tier: TierReport, in serving: ServingReport
    ) -> (text: String, role: Role) {
        if tier.tier == serving.tier {
            return ("✓ ANSWERS", serving.mode == .model ? .good : .warning)
        }
        guard tier.isReady else { return ("✗ NOT READY", .warning) }
        return (tier.tier < serving.tier ? "· set aside" : "· ready", .plain)
    }

    /// What an answer of a tier costs against one of the model; nothing where that is not known.
    fileprivate static func gap(of tier: TierReport) -> String {
        guard let gap = tier.qualityGap else { return "" }
        return Figure.fixed(abs(gap), 4) + (gap < 0 ? " nats better" : " nats worse")
    }
}
