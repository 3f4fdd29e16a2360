import Numerics
import Operation
import Testing
import Validation

@Suite("The gate")
struct GateTests {
    private let gate = Gate(GateSettings())

    /// Rows whose labels follow the reference's scores; the candidate's logits are changed.
    private func rows(
        _ count: Int = 1000, seed: UInt64 = 1, hasReference: Bool = true,
        _ change: (Double, inout SeededRandom) -> Double = { logit, _ in logit }
    ) -> [GoldenRow] {
        var random = SeededRandom(key: seed)
        return (0..<count).map { index in
            let logit = random.between(-4, 1)
            let label = random.chance(Entropy.sigmoid(logit)) ? 1.0 : 0
            return GoldenRow(
                label: label, weight: 1, slice: UInt64(index % 3) + 1,
                score: Entropy.sigmoid(change(logit, &random)),
                reference: hasReference ? Entropy.sigmoid(logit) : nil)
        }
    }

    private func verdict(_ rows: [GoldenRow]) -> Verdict {
        GateCheck.verdict(of: gate.golden(rows))
    }

    @Test("The same scores pass, and scores a little off pass, whatever the seed")
    func passes() {
        for seed in 1...50 as ClosedRange<UInt64> {
            #expect(verdict(rows(seed: seed)) == .passed)
            let near = rows(seed: seed) { logit, random in logit + random.between(-0.05, 0.05) }
            #expect(verdict(near) == .passed, "seed \(seed)")
        }
    }

    @Test("Scores turned round, moved, or without a meaning fail, whatever the seed")
    func fails() {
        for seed in 1...50 as ClosedRange<UInt64> {
            #expect(verdict(rows(seed: seed) { logit, _ in -logit }) == .failed)
            #expect(verdict(rows(seed: seed) { logit, _ in logit + 2 }) == .failed)
            let noise = rows(seed: seed) { _, random in random.between(-4, 1) }
            #expect(verdict(noise) == .failed, "seed \(seed)")
        }
    }

    @Test("A slice that gets worse alone fails, and is named")
    func slice() {
        var broken = rows(3000)
        for index in broken.indices where broken[index].slice == 2 {
            broken[index].score = 1 - broken[index].score
        }
        let checks = gate.golden(broken) { "slice number \($0)" }
        let slices = checks.first { $0.subject == .slices }
        #expect(slices?.verdict == .failed)
        #expect(slices?.text.contains("slice number 2") == true)
    }

    @Test("No rows, one class, too few rows: it cannot tell")
    func inconclusive() {
        #expect(verdict([]) == .inconclusive)
        #expect(verdict(rows().filter { $0.label == 0 }) == .inconclusive)
        #expect(verdict(rows().filter { $0.label == 1 }) == .inconclusive)
        #expect(verdict(rows(50)) == .inconclusive)
        #expect(GateCheck.verdict(of: []) == .inconclusive)
    }

    @Test("A score that is no number fails, on any row")
    func nonFinite() {
        for bad in [Double.nan, .infinity, -0.1, 1.1] {
            var broken = rows()
            broken[707].score = bad
            #expect(verdict(broken) == .failed)
        }
    }

    @Test("Alone, it must not be worse than knowing the base rate")
    func alone() {
        #expect(verdict(rows(hasReference: false)) == .passed)
        #expect(verdict(rows(hasReference: false) { logit, _ in -logit }) == .failed)
    }

    private func figures(
        norm: Double = 10, largest: Double = 2, broken: Int = 0, met: Double = 10_000
    ) -> LearnerFigures {
        LearnerFigures(
            norm: norm, largest: largest, nonZeroCount: 100, nonFiniteCount: broken,
            exampleCount: met)
    }

    @Test("Weights that explode fail; one that met ten times as much may have grown as much")
    func norms() {
        #expect(gate.nonFinite(figures(broken: 1)).verdict == .failed)
        #expect(gate.norms(figures(), reference: figures()).verdict == .passed)
        #expect(gate.norms(figures(norm: 1000), reference: figures()).verdict == .failed)
        #expect(gate.norms(figures(largest: 1e6), reference: nil).verdict == .failed)
        let grown = figures(norm: 80, met: 100_000)
        #expect(gate.norms(grown, reference: figures(norm: 1)).verdict == .passed)
    }

    @Test("Meeting examples and learning nothing fails; meeting none is no fault")
    func stuck() {
        let nothing = LearnerChange(sum: 0, changedCount: 0)
        let before = figures(met: 9000)
        #expect(gate.learning(figures(), before: before, change: nothing).verdict == .failed)
        #expect(
            gate.learning(figures(met: 9000), before: before, change: nothing).verdict == .passed)
        let some = LearnerChange(sum: 3, changedCount: 40)
        #expect(gate.learning(figures(), before: before, change: some).verdict == .passed)
    }

    @Test("Scores that moved to a lower loss pass: a last good that grew bad keeps nobody out")
    func better() {
        var random = SeededRandom(key: 9)
        let moved = rows(2000).map { row in
            var row = row
            row.reference = Entropy.sigmoid(random.between(-1, 4))
            return row
        }
        #expect(verdict(moved) == .passed)
    }
}
