import Launching
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("What cursors that answer nobody say of a launch")
struct ControlMeasureTests {
    /// Two days of a launch in which A's loss is 0.03 below B's, and a stopped C loses 0.002 an
    /// hour.
    private static func measures(seed: UInt64, count: Int = 4000) -> ControlMeasures {
        var random = SplitMix64(seed: seed)
        func noise() -> Double { Double(random.next() >> 11) / 0x1p53 - 0.5 }
        var measures = ControlMeasures()
        for index in 0..<count {
            let hours = 48 * Double(index) / Double(count)
            let loss = 0.5 + noise()
            let stopped = loss + 0.002 * hours + 0.4 * noise()
            let candidate = loss - 0.03 + 0.2 * noise()
            measures.note(
                ControlMeasures.Losses(
                    candidate: candidate, production: loss, alone: loss, matched: candidate,
                    stopped: stopped),
                unit: random.next() % 500, hours: hours)
        }
        return measures
    }

    @Test("C's difference without its decay covers the truth in 95 of 100, and with it never")
    func corrected() throws {
        var (covered, plain) = (0, 0)
        for seed in UInt64(1)...200 {
            let measures = Self.measures(seed: seed)
            let gap = try #require(
                LossGap(measures.stoppedLessCandidate, plannedCount: 10_000))
            let hours = try #require(measures.decay.meanHours)
            let found = try #require(
                measures.decay.curve.corrected(
                    gap.estimate, reach: gap.high - gap.estimate, atHours: hours,
                    reachOfErrors: 2))
            if abs(found.estimate - 0.03) <= found.reach { covered += 1 }
            if gap.low <= 0.03 { plain += 1 }
        }
        #expect(covered >= 190)
        #expect(plain == 0)
    }

    @Test("However long a launch lasts its ages are few, and all that was counted counts")
    func ages() throws {
        var decay = DecayMeasure()
        for hour in 0..<2000 { decay.add(unit: UInt64(hour), hours: Double(hour), loss: 2) }
        let curve = decay.curve
        #expect((4...8).contains(curve.points.count))
        #expect(curve.points.allSatisfy { abs($0.drop - 2) < 1e-9 })
        #expect(decay.meanHours == 999.5)
        #expect(curve.drop(atHours: 1999)?.drop == 2)
        #expect(curve.drop(atHours: 2000) == nil, "what was not measured is not guessed")
    }

    @Test("What was measured is the same after a restart, bit for bit")
    func bytes() throws {
        var measures = Self.measures(seed: 1)
        measures.note(unit: 1, isCandidates: true, isNew: true)
        var writer = ByteWriter()
        measures.encode(to: &writer)
        let again = try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try ControlMeasures(from: &reader)
        }
        #expect(again == measures)
        #expect(throws: ByteFault.self) {
            try writer.bytes.dropLast(1).withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                _ = try ControlMeasures(from: &reader)
            }
        }
    }

    /// Losses of 0.1 more than another's, or of none.
    private static func tally(_ difference: Double) -> MetricTally {
        var tally = MetricTally()
        for unit in UInt64(0)..<2000 {
            tally.add(unit: unit, amount: difference + (unit % 2 == 0 ? 0.01 : -0.01))
        }
        return tally
    }

    @Test("Behind B, and not behind a B that learned from as little, is a handicap and no more")
    func handicap() throws {
        func cause(_ candidate: Double, _ matched: Double) throws -> Handicap.Cause {
            try #require(
                Handicap(
                    candidate: Self.tally(candidate), matched: Self.tally(matched), learned: 10,
                    productionLearned: 990)
            ).cause
        }
        #expect(try cause(0.1, 0) == .little)
        #expect(try cause(0.1, 0.1) == .design)
        #expect(try cause(0, 0) == .none)
        #expect(try cause(-0.1, -0.1) == .none)
    }

    @Test("What only A shows is unsupported; what is new to all alike is not")
    func support() throws {
        var (own, alike) = (SupportMeasure(), SupportMeasure())
        for index in UInt64(0)..<4000 {
            let isNew = index % 10 == 0
            own.add(unit: index, isCandidates: true, isNew: isNew || index % 4 == 0)
            own.add(unit: index, isCandidates: false, isNew: isNew)
            alike.add(unit: index, isCandidates: true, isNew: isNew)
            alike.add(unit: index, isCandidates: false, isNew: isNew)
        }
        // Of 20 in a row, 6 are new to others where A shows them, and 2 where others do.
        #expect(abs(try #require(own.unsupportedShare) - 0.2) < 1e-9)
        #expect(alike.unsupportedShare == nil)
    }
}
