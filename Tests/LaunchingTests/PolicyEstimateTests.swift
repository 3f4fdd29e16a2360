import Launching
import TestKit
import Testing
import Vocabulary

@Suite("One policy judged from another's log")
struct PolicyEstimateTests {
    private static let rates = [0.05, 0.1, 0.2, 0.4]
    private static let logging = [0.4, 0.3, 0.2, 0.1]
    private static let target = [0.1, 0.2, 0.3, 0.4]

    private func log(_ seed: UInt64, model: [Double]? = nil, target: [Double] = target)
        -> PolicyEstimate
    {
        var random = SplitMix64(seed: seed)
        var estimate = PolicyEstimate()
        for _ in 0..<3000 {
            let drawn = random.unit()
            let item = drawn < 0.4 ? 0 : drawn < 0.7 ? 1 : drawn < 0.9 ? 2 : 3
            estimate.add(
                LoggedChoice(
                    propensity: Self.logging[item], target: target[item],
                    reward: random.chance(Self.rates[item]) ? 1 : 0, expected: model?[item],
                    expectedTarget: model.map { zip($0, target).reduce(0) { $0 + $1.0 * $1.1 } }))
        }
        return estimate
    }

    @Test("All three are right on average, within two errors in 19 of 20 logs or so")
    func unbiased() throws {
        let truth = zip(Self.rates, Self.target).reduce(0) { $0 + $1.0 * $1.1 }
        var (covered, sums) = ([0, 0, 0], [0.0, 0.0, 0.0])
        for seed in UInt64(1)...200 {
            let estimate = log(seed, model: [0.1, 0.1, 0.1, 0.2])
            let values = try [
                #require(estimate.inversePropensity), #require(estimate.selfNormalised),
                #require(estimate.doublyRobust),
            ]
            for (index, value) in values.enumerated() {
                sums[index] += value.estimate / 200
                if (value.estimate - truth).magnitude < 1.96 * value.error { covered[index] += 1 }
            }
        }
        for index in 0..<3 {
            #expect((sums[index] - truth).magnitude < 0.003, "\(index): \(sums[index])")
            #expect((180...199).contains(covered[index]), "\(index): \(covered[index])")
        }
    }

    @Test("A right model makes the doubly robust estimate surer than plain weights")
    func robust() throws {
        let estimate = log(1, model: Self.rates)
        let (robust, plain) = try (
            #require(estimate.doublyRobust), #require(estimate.inversePropensity)
        )
        #expect(robust.error < 0.95 * plain.error)
        #expect(log(1).doublyRobust == nil)
    }

    @Test("The effective size is (Σw)²/Σw², and too little of it withholds the estimate")
    func effective() {
        var estimate = PolicyEstimate()
        for weight in [1.0, 1, 1, 5] {
            estimate.add(LoggedChoice(propensity: 0.1, target: weight / 10, reward: 1))
        }
        #expect((estimate.effectiveCount - 64 / 28.0).magnitude < 1e-12)
        #expect(estimate.objections.first?.hasPrefix("estimate withheld: 4 choices") == true)
        #expect(log(3).objections.isEmpty)
    }

    @Test("Choices that the log never makes cannot be judged, and the share is said")
    func unsupported() {
        let estimate = log(4, target: [0.1, 0.1, 0.1, 0.1])
        #expect((estimate.unsupportedShare - 0.6).magnitude < 0.05)
        #expect(estimate.objections.contains { $0.hasPrefix("cannot be judged offline: ") })
    }

    @Test("Without a propensity nothing is divided: the choice is rejected, and counted")
    func rejected() {
        var estimate = PolicyEstimate()
        for propensity in [0, -1, .nan, 1.5] {
            estimate.add(LoggedChoice(propensity: propensity, target: 0.5, reward: 1))
        }
        #expect(estimate.count == 0)
        #expect(estimate.rejectedCount == 4)
    }

    @Test("Cut weights say how much of the mass was cut, and what that may have moved")
    func clipped() throws {
        var estimate = PolicyEstimate(weightMax: 2)
        for weight in [1.0, 1, 6] {
            estimate.add(LoggedChoice(propensity: 0.1, target: weight / 10, reward: 1))
        }
        #expect(estimate.clippedCount == 1)
        #expect((estimate.clippedMass - 0.5).magnitude < 1e-12)
        #expect((estimate.clippingBiasMax - 4 / 3.0).magnitude < 1e-12)
        #expect((try #require(estimate.inversePropensity).estimate - 4 / 3.0).magnitude < 1e-12)
    }
}
