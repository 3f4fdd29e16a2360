import Shop
import Testing
import Vocabulary

@Suite("The list and its propensities")
struct ListPolicyTests {
    @Test(
        "The propensities of all candidates sum to the length of the list",
        arguments: [0, 0.1, 0.37, 1])
    func sum(explorationShare: Double) {
        let policy = ListPolicy(
            candidateCount: 12, shownCount: 4, explorationShare: explorationShare)
        #expect(abs(policy.inclusion.reduce(0, +) - 4) < 1e-12)
        let steps = zip(policy.inclusion, policy.inclusion.dropFirst())
        #expect(steps.allSatisfy { $0 >= $1 - 1e-12 }, "a better rank is never less likely")
        #expect(policy.inclusion.allSatisfy { (0...1).contains($0) })
    }

    @Test("A candidate is in the list as often as its propensity says, ties included")
    func frequency() {
        let policy = ListPolicy(candidateCount: 8, shownCount: 3, explorationShare: 0.3)
        let scores = [0.1, 0.5, .nan, 0.5, 0.9, 0.2, 0.2, 0.2]
        let roundCount = 40_000
        var counts = [Int](repeating: 0, count: scores.count)
        var propensities = [Double](repeating: 0, count: scores.count)
        for key in 0..<roundCount {
            let list = policy.list(scores: scores, key: UInt64(key))
            #expect(Set(list.map(\.index)).count == 3)
            for choice in list {
                counts[choice.index] += 1
                propensities[choice.index] = choice.propensity
            }
        }
        for index in scores.indices {
            let share = Double(counts[index]) / Double(roundCount)
            #expect(abs(share - propensities[index]) < 0.01, "candidate \(index)")
        }
        #expect(abs(propensities.reduce(0, +) - 3) < 1e-12)
    }

    @Test("Without exploration the best are shown in order")
    func greedy() {
        let policy = ListPolicy(candidateCount: 5, shownCount: 3, explorationShare: 0)
        let list = policy.list(scores: [0.1, 0.4, 0.2, 0.5, 0.3], key: 9)
        #expect(list.map(\.index) == [3, 1, 4])
        #expect(list.map(\.propensity) == [1, 1, 1])
    }

    @Test("Weighting what was shown by its propensity recovers what could have been shown")
    func inversePropensity() {
        /// Scores by product, and counts how often each was a candidate.
        struct Counter: Ranker {
            var checkpoint: String? { nil }
            var counts = [Double](repeating: 0, count: 60)
            mutating func probability(ofFeatures json: [UInt8]) -> Double {
                let product = Counter.product(of: json)
                counts[product] += 1
                return Double(product * 37 % 60) / 1000
            }
            static func product(of json: [UInt8]) -> Int {
                let members = FlatJSON(json, keepsText: true).members
                let name = members.first { $0.name == "product" }?.value ?? ""
                return Int(name.dropFirst(5)) ?? 0
            }
        }
        let settings = ShopSettings(seed: 2, visitsPerDay: 5000, explorationShare: 0.3)
        var shop = YarnShop(settings: settings)
        var ranker = Counter()
        var estimates = [Double](repeating: 0, count: 60)
        var variances = [Double](repeating: 0, count: 60)
        shop.advance(to: settings.start + .days(1), ranker: &ranker) { stream, bytes in
            guard stream == .examples, let line = ShownLine(bytes) else { return }
            #expect(line.propensity > 0 && line.propensity <= 1)
            let product = Counter.product(of: line.features)
            estimates[product] += 1 / line.propensity
            variances[product] += (1 - line.propensity) / (line.propensity * line.propensity)
        }
        for product in 0..<60 {
            let error = estimates[product] - ranker.counts[product]
            #expect(abs(error) < 4.5 * variances[product].squareRoot() + 1, "yarn \(product)")
        }
        let total = estimates.reduce(0, +) / ranker.counts.reduce(0, +)
        #expect(abs(total - 1) < 0.03)
    }
}

@Suite("Elementary functions")
struct ElementaryTests {
    @Test("They agree with tables")
    func tables() {
        func near(_ value: Double, _ expected: Double, _ error: Double) -> Bool {
            abs(value - expected) <= error * max(1, abs(expected))
        }
        #expect(near(Elementary.exp(1), 2.718281828459045, 1e-14))
        #expect(near(Elementary.exp(-20.5), 1.2501528663867426e-9, 1e-14))
        #expect(near(Elementary.exp(10), 22026.465794806718, 1e-14))
        #expect(Elementary.exp(0) == 1)
        #expect(Elementary.exp(-1000) == 0)
        #expect(near(Elementary.log(2), 0.6931471805599453, 1e-14))
        #expect(near(Elementary.log(10), 2.302585092994046, 1e-14))
        #expect(near(Elementary.log(1e-300), -690.7755278982137, 1e-14))
        #expect(near(Elementary.logistic(-3), 0.04742587317756678, 1e-14))
        #expect(near(Elementary.normalQuantile(0.975), 1.959963984540054, 1e-8))
        #expect(near(Elementary.normalQuantile(0.001), -3.090232306167813, 1e-8))
        #expect(near(Elementary.normalQuantile(0.999), 3.090232306167813, 1e-8))
        #expect(near(Elementary.normalQuantile(0.5), 0, 1e-12))
    }
}
