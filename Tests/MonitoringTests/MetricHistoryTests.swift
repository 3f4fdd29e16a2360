import Monitoring
import Numerics
import Testing
import Vocabulary

@Suite("Metric history")
struct MetricHistoryTests {
    private static let start = Instant(microseconds: 1_700_000_000_000_000)

    @Test("The effective sample size is the count of equal weights, and 1 where one has all")
    func effective() {
        for (weights, expected) in [
            ([2, 2, 2, 2], 4.0), ([1, 0, 0, 0], 1), ([1, 2, 3], 36.0 / 14),
        ] {
            var history = MetricHistory()
            for weight in weights {
                history.update(at: Self.start) { step in
                    step.weight += Double(weight)
                    step.weightSquares += Double(weight * weight)
                }
            }
            #expect(abs(history.recent(.hours(1)).effectiveCount - expected) < 1e-12)
        }
    }

    @Test("A history of ten figures a step, from before weights were squared, is read")
    func older() throws {
        var writer = ByteWriter()
        writer.write(Self.start.microseconds)
        writer.write(UInt32(1))
        writer.write([3.0, 6, 1, 2, 1, 5, 3, 0, 0, 0])
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let history = try MetricHistory(restoring: &reader)
            #expect(history.recent(.hours(1)).weight == 6)
            #expect(history.recent(.hours(1)).effectiveCount == 6)
        }
    }

    /// An example each minute, learned with a loss of its own, for so many hours.
    private static func filled(hours: Int) -> MetricHistory {
        var history = MetricHistory()
        for minute in 0..<hours * 60 {
            let time = start + .minutes(minute)
            history.countExample(at: time)
            history.update(at: time) { step in
                step.trained += 1
                step.weight += 1
                step.loss += Double(minute % 7)
                step.pending = Double(minute)
            }
        }
        return history
    }

    private static func sum(_ shown: MetricHistory.Shown?) -> MetricHistory.Step {
        var sum = MetricHistory.Step()
        for step in shown?.steps ?? [] {
            sum.addTraining(of: step)
            sum.examples += step.examples
        }
        return sum
    }

    @Test("Thirty days stay by the hour, a day by five minutes, two hours by the minute")
    func resolutions() throws {
        let history = Self.filled(hours: 800)
        let hours = try #require(history.shownHours)
        #expect(hours.steps.count == 720 && hours.width == .hours(1))
        // The start is not a full hour: neither are the first and the last.
        #expect(hours.steps.dropFirst().dropLast().allSatisfy { $0.examples == 60 })
        #expect(hours.steps.dropLast().last?.pending.isNaN == false)
        #expect(history.shownDay?.steps.count == 288)
        let minutes = try #require(history.shownMinutes)
        #expect(minutes.steps.count == 120 && minutes.steps.allSatisfy { $0.trained == 1 })
        #expect(history.steps.count <= 2 * MetricHistory.Limits.stepCount)
    }

    @Test("Nothing is counted twice or lost when it moves from the day to the hours")
    func moving() {
        for hours in [20, 30, 49, 200] {
            let sum = Self.sum(Self.filled(hours: hours).shownHours)
            #expect(sum.examples == Double(hours * 60) && sum.trained == sum.examples)
        }
    }

    @Test("A joined example from before the day is counted in its hour")
    func late() throws {
        var history = Self.filled(hours: 100)
        history.countJoined(at: Self.start + .hours(2))
        let hours = try #require(history.shownHours)
        #expect(hours.steps.reduce(0) { $0 + $1.joined } == 1)
        #expect(hours.steps[hours.steps.startIndex + 2].joined == 1)
    }

    @Test("What was trained goes back to an earlier moment in all steps; what came in stays")
    func restoring() {
        let earlier = Self.filled(hours: 60)
        var history = Self.filled(hours: 200)
        history.restoreTraining(of: earlier)
        let sum = Self.sum(history.shownHours)
        #expect(sum.trained == 60 * 60 && sum.examples == 200 * 60)
        #expect(sum.loss == Self.sum(earlier.shownHours).loss)
        // And trained again it is as if nothing had happened.
        for minute in (60 * 60)..<(200 * 60) {
            history.update(at: Self.start + .minutes(minute)) { step in
                step.trained += 1
                step.weight += 1
                step.loss += Double(minute % 7)
            }
        }
        let again = Self.sum(history.shownHours)
        let plain = Self.sum(Self.filled(hours: 200).shownHours)
        #expect(again.trained == plain.trained && again.loss == plain.loss)
        history.restoreTraining(of: nil)
        #expect(Self.sum(history.shownHours).trained == 0)
    }

    @Test("All of it is read as it was written; without the past, the day alone")
    func coding() throws {
        let history = Self.filled(hours: 100)
        var (writer, past) = (ByteWriter(), ByteWriter())
        history.encode(into: &writer)
        history.encodePast(into: &past)
        let read = try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try MetricHistory(restoring: &reader)
        }
        #expect(read.steps.map(\.trained) == history.steps.map(\.trained))
        #expect(Self.sum(read.shownHours).trained < Self.sum(history.shownHours).trained)
        var whole = read
        try past.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            try whole.restorePast(&reader)
            #expect(reader.remaining == 0)
        }
        let (again, before) = (Self.sum(whole.shownHours), Self.sum(history.shownHours))
        #expect(again.loss == before.loss && again.examples == before.examples)
        #expect(whole.shownMinutes?.steps.count == 120)
        // Thirty days and two hours of ten series: what a checkpoint grows by at most.
        #expect(past.bytes.count < 160_000)
    }
}
