import Engine
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Taking examples away from an engine")
struct TakingAwayTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var wait: Span?
        var shuffle: Span?

        var isOrdered: Bool { wait != nil || shuffle != nil }

        var testDescription: String {
            "seed \(seed), wait \(wait?.text ?? "none"), shuffle \(shuffle?.text ?? "none")"
        }
    }

    static let cases: [Case] = [
        Case(seed: 1), Case(seed: 2, wait: .minutes(10)), Case(seed: 3, wait: .hours(3)),
        Case(seed: 4, shuffle: .hours(1)), Case(seed: 5, wait: .minutes(20), shuffle: .days(1)),
    ]

    @Test(
        "The training log is that of the whole stream less their entries, and the learner agrees",
        arguments: cases, [true, false])
    func movesNoOther(test: Case, keepsLabels: Bool) throws {
        let settings = try Simulation.settings(wait: test.wait, shuffle: test.shuffle)
        // A heartbeat lets the merge take the label before it early, so a label that goes moves
        // the one before; where labels teach as they come, that shows.
        let text = StreamText(
            .init(
                seed: test.seed, wideShare: 0.1,
                heartbeatShare: keepsLabels || test.isOrdered ? 0.02 : 0))
        let whole = Simulation(text, settings, Plan())
        let wholeLearner = try whole.run().learner
        var random = SplitMix64(seed: test.seed)
        var gone: Set<String> = []
        for facts in text.facts where random.chance(0.2) { gone.insert(facts.id) }
        let rest = Simulation(
            text.without(gone, keepingLabels: keepsLabels), settings,
            Plan(seed: 3, settling: 0.01))
        let restLearner = try rest.run().learner
        let goneHashes = Set(gone.map { FeatureHash.id($0) })
        let wanted = try whole.world.entries().filter { !goneHashes.contains($0.id) }
        #expect(wanted.count > 300)
        #expect(try rest.world.entries().map(\.lesson) == wanted.map(\.lesson))
        #expect(restLearner != wholeLearner)
    }
}
