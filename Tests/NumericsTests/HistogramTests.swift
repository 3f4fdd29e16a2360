import Numerics
import TestKit
import Testing

@Suite("Histograms")
struct HistogramTests {
    private struct Scored {
        var logit: Double
        var label: Double
        var weight: Double
    }

    /// The share of pairs in which the positive scores higher, ties counted half.
    private static func auc(_ scored: [Scored]) -> Double? {
        var wins = 0.0
        var pairs = 0.0
        for positive in scored where positive.label > 0 {
            for negative in scored where negative.label < 1 {
                let weight =
                    positive.weight * positive.label * negative.weight * (1 - negative.label)
                pairs += weight
                if positive.logit > negative.logit { wins += weight }
                if positive.logit == negative.logit { wins += weight / 2 }
            }
        }
        return pairs > 0 ? wins / pairs : nil
    }

    private static func histogram(_ scored: [Scored]) -> ScoreHistogram {
        var histogram = ScoreHistogram()
        for one in scored {
            histogram.add(logit: one.logit, label: one.label, weight: one.weight)
        }
        return histogram
    }

    @Test("The AUC of coarse scores is that of all pairs", arguments: 1...8 as ClosedRange<UInt64>)
    func aucWithTies(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scored = (0..<250).map { _ in
            let logit = Double(random.below(25)) - 12
            return Scored(
                logit: logit, label: random.chance(0.5 + logit / 40) ? 1 : 0,
                weight: 1 + Double(random.below(4)))
        }
        let found = try #require(Self.histogram(scored).auc)
        let wanted = try #require(Self.auc(scored))
        #expect(abs(found - wanted) < 1e-12)
    }

    @Test("The AUC of fine scores is within the width of a cell", arguments: [11, 12] as [UInt64])
    func aucOfFineScores(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scored = (0..<800).map { _ in
            let isPositive = random.chance(0.3)
            return Scored(
                logit: random.normal() + (isPositive ? 1 : 0), label: isPositive ? 1 : 0,
                weight: random.unit() + 0.1)
        }
        let found = try #require(Self.histogram(scored).auc)
        let wanted = try #require(Self.auc(scored))
        #expect(abs(found - wanted) < 0.002)
    }

    @Test("A label between 0 and 1 counts for both classes by its share")
    func softLabels() throws {
        var random = SplitMix64(seed: 21)
        let scored = (0..<200).map { _ in
            Scored(logit: Double(random.below(9)), label: random.unit(), weight: 1)
        }
        let found = try #require(Self.histogram(scored).auc)
        let wanted = try #require(Self.auc(scored))
        #expect(abs(found - wanted) < 1e-12)
    }

    @Test("There is no AUC while a class is missing")
    func oneClass() {
        var histogram = ScoreHistogram()
        #expect(histogram.auc == nil)
        histogram.add(logit: 1, label: 1, weight: 1)
        #expect(histogram.auc == nil)
        histogram.add(logit: 0, label: 0, weight: 1)
        #expect(histogram.auc == 1)
    }

    @Test("A logit beyond the cells counts in the last one")
    func extremeLogits() {
        var histogram = ScoreHistogram()
        histogram.add(logit: 1e300, label: 1, weight: 1)
        histogram.add(logit: .infinity, label: 0, weight: 1)
        histogram.add(logit: -1e300, label: 0, weight: 2)
        #expect(histogram.auc == (2 + 0.5) / 3)
    }

    @Test("A quantile is within 9 % of the true one", arguments: 1...6 as ClosedRange<UInt64>)
    func quantiles(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var histogram = LogHistogram()
        var amounts: [Int64] = []
        for _ in 0..<3000 {
            let octave = random.below(seed == 6 ? 63 : 40)
            let amount = Int64(random.next() >> 1) >> Int64(62 - octave)
            amounts.append(max(1, amount))
            histogram.add(amount)
        }
        amounts.sort()
        for step in 0...100 {
            let share = Double(step) / 100
            let wanted = Double(amounts[Int(Double(amounts.count - 1) * share)])
            let found = try #require(histogram.quantile(share))
            #expect(abs(found - wanted) <= 0.09 * wanted)
        }
    }

    @Test("What is below 1 counts as 1, and the greatest amount has a cell")
    func edgesOfAmounts() throws {
        var histogram = LogHistogram()
        #expect(histogram.quantile(0.5) == nil)
        for amount in [Int64.min, -5, 0, 1] { histogram.add(amount) }
        #expect(try #require(histogram.quantile(1)) < 1.1)
        histogram.add(.max)
        #expect(histogram.total == 5)
        let top = try #require(histogram.quantile(1))
        #expect(abs(top - 0x1p63) < 0.09 * 0x1p63)
    }

    @Test("Counts make the histogram again, and only as many as it has cells")
    func restoring() {
        var random = SplitMix64(seed: 4)
        var histogram = LogHistogram()
        for _ in 0..<100 { histogram.add(Int64(random.below(1_000_000))) }
        #expect(LogHistogram(counts: histogram.counts) == histogram)
        #expect(LogHistogram(counts: [1, 2, 3]) == nil)
        #expect(ScoreHistogram(positives: [1], negatives: [1]) == nil)
    }

    @Test("Counts by bounds are of all amounts, each once")
    func bounds() {
        var histogram = LogHistogram()
        for amount in [0, 3, 900, 1000, 5000, 2_000_000] as [Int64] { histogram.add(amount) }
        #expect(histogram.counts(upTo: [10, 1000, 100_000]) == [2, 2, 1, 1])
        #expect(histogram.counts(upTo: []) == [6])
    }

    @Test("The entropy of a rate and the logistic loss agree with their definitions")
    func entropy() {
        #expect(Entropy.nats(0) == 0)
        #expect(Entropy.nats(1) == 0)
        #expect(abs(Entropy.nats(0.5) - 0.693_147_180_559_945_3) < 1e-15)
        for logit in [-800.0, -30, -1, 0, 1, 30, 800] {
            let probability = Entropy.sigmoid(logit)
            #expect(probability >= 0 && probability <= 1)
            #expect(Entropy.softplus(logit) >= max(0, logit))
            #expect(abs(Entropy.softplus(logit) - Entropy.softplus(-logit) - logit) < 1e-12)
        }
    }
}
