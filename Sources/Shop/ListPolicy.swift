import Numerics

/// How a list is filled from scored candidates, and with what probability each comes into it.
///
/// Each place is filled in turn: with the best candidate left, or, with the probability
/// `explorationShare`, with any candidate left, all alike. How likely a candidate is in the list
/// then depends on nothing but its rank, and is computed exactly, once. Candidates with equal
/// scores are ranked by chance, so each has the mean of what their ranks have. How products come
/// to be candidates at all is no part of it: a propensity is given the candidates.
package struct ListPolicy: Sendable {
    package let shownCount: Int
    package let explorationShare: Double
    /// The probability of being in the list, by rank.
    package let inclusion: [Double]
    /// A candidate that scores less comes into the list by chance only; a place that no candidate
    /// is good enough for stays empty.
    package let leastScore: Double
    /// The probability of being in the list for one that scores too little, by how many score
    /// enough.
    private let inclusionBelow: [Double]

    package init(
        candidateCount: Int, shownCount: Int, explorationShare: Double, leastScore: Double = 0
    ) {
        precondition(shownCount <= candidateCount, "a list is not longer than its candidates")
        self.shownCount = shownCount
        self.explorationShare = explorationShare
        self.leastScore = leastScore
        inclusionBelow =
            leastScore > 0
            ? (0..<candidateCount).map { above in
                Self.inclusionBelow(
                    above: above, candidateCount: candidateCount, shownCount: shownCount,
                    explorationShare: explorationShare)
            } : []
        inclusion = (0..<candidateCount).map { rank in
            Self.inclusion(
                rank: rank, candidateCount: candidateCount, shownCount: shownCount,
                explorationShare: explorationShare)
        }
    }

    /// A candidate in the list.
    package struct Choice: Sendable, Equatable {
        /// Its place among the candidates.
        package var index: Int
        /// The probability with which these scores bring it into the list, in (0, 1].
        package var propensity: Double
    }

    /// The list, first place first. All chance in it comes from `key`.
    package func list(scores: [Double], key: UInt64) -> [Choice] {
        precondition(scores.count == inclusion.count, "there is a score for every candidate")
        var ranked = ranking(of: scores, key: key)
        var random = SeededRandom(key: key).forked(.exploration)
        var list: [Choice] = []
        list.reserveCapacity(shownCount)
        for _ in 0..<shownCount {
            let isExploring = random.chance(explorationShare)
            let drawn = random.below(ranked.count)
            if !isExploring, !isGoodEnough(scores[ranked[0].index]) { continue }
            list.append(ranked.remove(at: isExploring ? drawn : 0))
        }
        return list
    }

    private func ranking(of scores: [Double], key: UInt64) -> [Choice] {
        let ties = SeededRandom(key: key)
        let entries = scores.indices.map { index in
            var tie = ties.forked(.tie, UInt64(index))
            let score = scores[index].isNaN ? -.infinity : scores[index]
            return (index: index, score: score, tie: tie.next())
        }
        let sorted = entries.sorted { ($0.score, $0.tie) > ($1.score, $1.tie) }
        let above = sorted.count { isGoodEnough($0.score) }
        var ranked: [Choice] = []
        ranked.reserveCapacity(sorted.count)
        while ranked.count < sorted.count {
            let first = ranked.count
            var end = first
            var sum = 0.0
            while end < sorted.count, sorted[end].score == sorted[first].score {
                sum += inclusion[end]
                end += 1
            }
            var propensity = min(1, sum / Double(end - first))
            if first >= above { propensity = inclusionBelow[above] }
            for rank in first..<end {
                ranked.append(Choice(index: sorted[rank].index, propensity: propensity))
            }
        }
        return ranked
    }

    private func isGoodEnough(_ score: Double) -> Bool { leastScore == 0 || score >= leastScore }

    /// One that scores too little is in the list only if a place draws it by chance. Follows, from
    /// place to place, how many good enough ones are still out, and how many are left in all.
    private static func inclusionBelow(
        above: Int, candidateCount: Int, shownCount: Int, explorationShare: Double
    ) -> Double {
        // By good enough ones still out and by candidates taken so far.
        var states = [[Double]](
            repeating: [Double](repeating: 0, count: shownCount + 1), count: above + 1)
        states[above][0] = 1
        var included = 0.0
        for _ in 0..<shownCount {
            var next = states.map { $0.map { _ in 0.0 } }
            for good in 0...above {
                for taken in 0..<shownCount where states[good][taken] > 0 {
                    let probability = states[good][taken]
                    let left = Double(candidateCount - taken)
                    let byChance = explorationShare / left
                    included += probability * byChance
                    if good > 0 {
                        let lost = byChance * Double(good) + 1 - explorationShare
                        next[good - 1][taken + 1] += probability * lost
                    } else {
                        next[0][taken] += probability * (1 - explorationShare)
                    }
                    next[good][taken + 1] += probability * byChance * (left - 1 - Double(good))
                }
            }
            states = next
        }
        return min(1, included)
    }

    /// Follows, from place to place, how many better candidates are still left.
    private static func inclusion(
        rank: Int, candidateCount: Int, shownCount: Int, explorationShare: Double
    ) -> Double {
        var stillOut = [Double](repeating: 0, count: rank + 1)
        stillOut[rank] = 1
        var included = 0.0
        for place in 0..<shownCount {
            let left = Double(candidateCount - place)
            var next = [Double](repeating: 0, count: rank + 1)
            for (better, probability) in stillOut.enumerated() where probability > 0 {
                let worse = left - 1 - Double(better)
                let byChance = explorationShare / left
                if better == 0 {
                    included += probability * (byChance + 1 - explorationShare)
                } else {
                    included += probability * byChance
                    let lost = 1 - explorationShare + byChance * Double(better)
                    next[better - 1] += probability * lost
                }
                next[better] += probability * byChance * worse
            }
            stillOut = next
        }
        return min(1, included)
    }
}
