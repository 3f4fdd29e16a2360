import Numerics
import Vocabulary

/// Whose traffic taught whom: for each arm, the training weight that was served by each arm.
package struct MixingMatrix: Codable, Sendable, Equatable {
    package let arms: [ArmName]
    /// By row the arm that learned, by column the arm that served; weights.
    private var weights: [[Double]]

    package init(_ arms: [ArmName]) {
        self.arms = arms
        weights = arms.map { _ in arms.map { _ in 0 } }
    }

    /// Arms that the matrix doesn't know are left out.
    package mutating func note(trained arm: ArmName, servedBy other: ArmName, weight: Double = 1) {
        guard let row = arms.firstIndex(of: arm), let column = arms.firstIndex(of: other)
        else { return }
        weights[row][column] += weight
    }

    /// M[i][j] of METHODS' F9: the share of an arm's training weight that another arm served; nil
    /// for an arm that was taught nothing.
    package func share(of arm: ArmName, servedBy other: ArmName) -> Double? {
        guard let row = arms.firstIndex(of: arm), let column = arms.firstIndex(of: other)
        else { return nil }
        let total = weights[row].reduce(0, +)
        return total > 0 ? weights[row][column] / total : nil
    }

    package func weight(of arm: ArmName) -> Double {
        arms.firstIndex(of: arm).map { weights[$0].reduce(0, +) } ?? 0
    }

    /// Who taught an arm that is to learn from its own traffic alone, in words; nil if nobody did.
    package func contamination(of arm: ArmName) -> String? {
        for other in arms where other != arm {
            guard let share = share(of: arm, servedBy: other), share > 0 else { continue }
            return "contamination: \(FigureText.percent(share)) of what taught \(arm) was served "
                + "by \(other)"
        }
        return nil
    }
}
