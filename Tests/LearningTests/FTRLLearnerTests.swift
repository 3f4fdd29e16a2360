import Learning
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("The FTRL learner")
struct FTRLLearnerTests {
    @Test("It learns a stream that can be told apart", arguments: 1...3 as ClosedRange<UInt64>)
    func learns(seed: UInt64) {
        var stream = LearningStream(seed: seed)
        stream.steepness = 12
        let entries = stream.entries()
        let rate = entries.reduce(0) { $0 + Double($1.view.label) } / Double(entries.count)
        let loss = FTRLLearner.small().loss(over: entries, skipping: 2000)
        #expect(loss < 0.5 * Entropy.nats(rate))
    }

    @Test("It learns nothing from noise, and does not claim to")
    func noise() {
        var stream = LearningStream(seed: 4)
        stream.steepness = 0
        let loss = FTRLLearner.small().loss(over: stream.entries(), skipping: 2000)
        #expect(loss > 0.68 && loss < 0.76)
    }

    @Test("A category is new until an example with it was learned")
    func newCategory() {
        let entries = LearningStream(seed: 3).entries()
        let learner = FTRLLearner.small()
        #expect(learner.hasNewCategory(entries[0].view))
        for entry in entries.dropLast() { _ = learner.learn(entry.view) }
        #expect(!learner.hasNewCategory(entries[0].view))
        let other = EntryBytes(label: 1, numbers: [], categories: [0xDEAD])
        #expect(learner.hasNewCategory(other.view))
        _ = learner.learn(other.view)
        #expect(!learner.hasNewCategory(other.view))
    }

    @Test("The unit and the origin of a number hardly matter", arguments: [5, 6] as [UInt64])
    func scaleInvariance(seed: UInt64) {
        let plain = FTRLLearner.small().loss(over: LearningStream(seed: seed).entries())
        for (scale, shift) in [(1000.0, 0.0), (1e-6, 0), (1, 1e6), (-3, 1000), (1e12, 1e15)] {
            let stream = LearningStream(seed: seed, scale: scale, shift: shift)
            let loss = FTRLLearner.small().loss(over: stream.entries())
            #expect(abs(loss - plain) < 0.01, "scale \(scale), shift \(shift)")
        }
    }

    @Test(
        "One outlier is survived, wherever it comes",
        arguments: [0, 1, 5, 100, 1500], [1e30, -1e30, 1e308])
    func outliers(position: Int, value: Double) {
        let entries = LearningStream(seed: 7).entries()
        let plain = FTRLLearner.small().loss(over: entries, skipping: 2500)
        var spoiled = entries
        let keys = (0..<4).map { (key: UInt32(1000 + $0), value: value) }
        spoiled[position] = EntryBytes(label: 1, numbers: keys)
        let learner = FTRLLearner.small()
        let loss = learner.loss(over: spoiled, skipping: 2500)
        #expect(abs(loss - plain) < 0.02)
        #expect(learner.inspect().nonFiniteCount == 0)
    }

    @Test("No number that a record may hold makes a parameter that is not finite")
    func extremeNumbers() {
        let extremes = [
            0, -0.0, .leastNonzeroMagnitude, 0x1p-1030, 1e-200, 1, 1e15, 1e100, 1e200,
            1.7976931348623157e308,
        ]
        var random = SplitMix64(seed: 8)
        let learner = FTRLLearner.small()
        for _ in 0..<20_000 {
            let numbers = (0..<6).map { position in
                let value = random.pick(extremes)
                return (key: UInt32(position), value: random.chance(0.5) ? value : -value)
            }
            let entry = EntryBytes(label: random.chance(0.5) ? 1 : 0, numbers: numbers)
            #expect(learner.learn(entry.view).isFinite)
        }
        #expect(learner.inspect().nonFiniteCount == 0)
    }

    @Test("Weights from 1 to 1,000 leave all finite, and the learner learning")
    func weights() {
        var stream = LearningStream(seed: 9)
        stream.weightMax = 1000
        let learner = FTRLLearner.small()
        let loss = learner.loss(over: stream.entries(), skipping: 2000)
        #expect(loss < 0.55)
        #expect(learner.inspect().nonFiniteCount == 0)
        #expect(learner.inspect().slotCount > 20)
    }

    @Test("One weight for all is as good as none")
    func equalWeights() throws {
        let entries = LearningStream(seed: 10).entries()
        let plain = FTRLLearner.small()
        let weighted = FTRLLearner.small()
        for entry in entries {
            let logit = plain.learn(entry.view)
            entry.base.storeBytes(of: 4, toByteOffset: EntryLayout.weightOffset, as: Float.self)
            let weightedLogit = weighted.learn(entry.view)
            try #require(logit == weightedLogit)
            entry.base.storeBytes(of: 1, toByteOffset: EntryLayout.weightOffset, as: Float.self)
        }
    }

    @Test("A score is what learning then gives as the score from before, and changes nothing")
    func scoreBeforeLearning() throws {
        let learner = FTRLLearner.small()
        for (index, entry) in LearningStream(seed: 11).entries().enumerated() {
            let bytes = index % 500 == 0 ? learner.encode() : []
            let score = learner.score(entry.view)
            if index % 500 == 0 { #expect(learner.encode() == bytes) }
            try #require(score == learner.learn(entry.view))
        }
    }

    @Test("A learner that met nothing knows nothing")
    func empty() throws {
        let learner = FTRLLearner.small()
        let entry = EntryBytes(numbers: [(key: 1, value: 5)], categories: [7])
        #expect(learner.score(entry.view) == 0)
        #expect(learner.inspect().slotCount == 0)
        #expect(try learner.restored().encode() == learner.encode())
    }

    @Test("What parameters come to is what their weights come to", arguments: [0, 0.05] as [Float])
    func inspection(l1: Float) throws {
        var settings = LearnerSettings()
        (settings.bits, settings.l1) = (10, l1)
        let learner = FTRLLearner(settings: settings)
        for (index, entry) in LearningStream(seed: 13).entries().enumerated() {
            _ = learner.learn(entry.view)
            if index == 2 || index == 900 { Self.expectWeights(of: learner) }
        }
        Self.expectWeights(of: learner)
        let broken = learner.snapshot().distorted(by: .nan).encode()
        let found = try broken.withUnsafeBytes { try FTRLLearner(decoding: $0) }.inspect()
        #expect(found.nonFiniteCount == found.slotCount && found.nonZeroCount == 0)
    }

    private static func expectWeights(of learner: FTRLLearner) {
        var (count, squares, largest) = (0, 0.0, 0.0)
        learner.forEachWeight { _, weight in
            count += 1
            squares += weight * weight
            largest = max(largest, abs(weight))
        }
        let found = learner.inspect()
        #expect(found.nonZeroCount == count && found.nonFiniteCount == 0)
        #expect(found.largest == largest)
        #expect(abs(found.norm - squares.squareRoot()) <= 1e-12 * found.norm)
        #expect(found.slotCount >= count)
    }

    @Test(
        "A learner read back goes on bit for bit, whenever that happens",
        arguments: [0, 1, 7, 63, 64, 65, 1000, 3999])
    func restoring(position: Int) throws {
        let entries = LearningStream(seed: 12, weightMax: 20).entries()
        let whole = FTRLLearner.small()
        var parted = FTRLLearner.small()
        for (index, entry) in entries.enumerated() {
            if index == position { parted = try parted.restored() }
            let logit = whole.learn(entry.view)
            try #require(parted.learn(entry.view) == logit)
        }
        #expect(parted.encode() == whole.encode())
    }

    @Test("Equal parameters have equal bytes, in whichever order the numbers were met first")
    func equalBytes() {
        func learner(_ order: [UInt32]) -> FTRLLearner {
            let learner = FTRLLearner.small()
            for key in order {
                let entry = EntryBytes(label: 1, weight: 1, numbers: [(key: key, value: 3)])
                entry.base.storeBytes(
                    of: 0.5, toByteOffset: EntryLayout.labelOffset, as: Float.self)
                _ = learner.learn(entry.view)
            }
            return learner
        }
        #expect(learner([1, 2, 3]).encode() == learner([3, 1, 2]).encode())
        #expect(learner([1, 2, 3]).encode() != learner([1, 2, 4]).encode())
    }

    @Test("Every cut of a learner's bytes is found")
    func cuts() {
        let learner = FTRLLearner.small()
        for entry in LearningStream(seed: 13, count: 30).entries() { _ = learner.learn(entry.view) }
        let bytes = learner.encode()
        for count in bytes.indices {
            let cut = Array(bytes[..<count])
            #expect(throws: ByteFault.self) {
                _ = try cut.withUnsafeBytes { try FTRLLearner(decoding: $0) }
            }
        }
    }

    @Test("A step that is not finite leaves no trace", arguments: [14, 15, 16] as [UInt64])
    func takesBack(seed: UInt64) {
        let entries = LearningStream(seed: seed, weightMax: 9, count: 600).entries()
        let (plain, spoiled) = (FTRLLearner.small(), FTRLLearner.small())
        for (index, entry) in entries.enumerated() {
            if index % 50 == 7 {
                let before = spoiled.encode()
                spoiled.isStepSpoiled = true
                #expect(!spoiled.teach(entry.view).isLearned)
                #expect(spoiled.stepFault == .step && !spoiled.isStepSpoiled)
                #expect(spoiled.encode() == before)
            }
            #expect(spoiled.learn(entry.view) == plain.learn(entry.view))
        }
        #expect(spoiled.encode() == plain.encode())
    }

    @Test("A rate beyond all bounds teaches nothing")
    func endlessRate() {
        let learner = FTRLLearner.small { $0.alpha = .infinity }
        let before = learner.encode()
        for entry in LearningStream(seed: 17, count: 100).entries() {
            #expect(!learner.teach(entry.view).isLearned)
            #expect(learner.stepFault == .weight)
        }
        #expect(learner.encode() == before)
    }

    @Test("An entry of 10,000 features takes no giant step")
    func wideEntries() {
        let learner = FTRLLearner.small()
        let wide = (0..<5000).map { UInt32(truncatingIfNeeded: XXHash64.finish(UInt64($0))) }
        let numbers = (0..<5000).map { (key: UInt32($0), value: Double($0)) }
        for round in 0..<20 {
            let entry = EntryBytes(
                label: Float(round % 2), numbers: numbers, categories: wide)
            #expect(abs(learner.learn(entry.view)) < 10)
        }
        #expect(learner.inspect().nonFiniteCount == 0)
    }

    @Test("Settings travel with the parameters")
    func settings() throws {
        let learner = FTRLLearner.small { settings in
            settings.alpha = 0.05
            settings.beta = 2
            settings.l1 = 0.5
            settings.l2 = 1
            settings.bits = 10
        }
        #expect(try learner.restored().settings == learner.settings)
    }
}
