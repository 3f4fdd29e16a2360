import Numerics
import Vocabulary

/// The recent past of one model in equal steps of event time, as charts show it.
///
/// Holds at least the newest `Limits.stepCount` steps and at most twice as many, so that the
/// oldest need not be moved out one by one; a record from before them is not counted here.
package struct MetricHistory: Sendable, Equatable {
    /// Counts.
    package enum Limits {
        package static let stepCount = 288
    }

    /// Five minutes.
    @inlinable package static var step: Span { Span(microseconds: 300_000_000) }

    /// Sums and last values of one step.
    package struct Step: Sendable, Equatable {
        package var trained = 0.0
        package var weight = 0.0
        package var weightSquares = 0.0
        package var loss = 0.0
        package var predictions = 0.0
        package var labels = 0.0
        /// Examples whose event time lies in this step, and those of them that were joined.
        package var examples = 0.0
        package var joined = 0.0
        package var pending = Double.nan
        package var labelDelay = Double.nan
        package var staleness = Double.nan

        package init() {}

        /// How many examples of equal weight what was trained is worth, (Σw)² / Σw² (Kish 1965).
        package var effectiveCount: Double {
            weightSquares > 0 ? weight * weight / weightSquares : 0
        }

        /// Adds what was trained in another one.
        package mutating func addTraining(of other: Step) {
            trained += other.trained
            weight += other.weight
            weightSquares += other.weightSquares
            loss += other.loss
            predictions += other.predictions
            labels += other.labels
        }

        fileprivate mutating func setTraining(of other: Step) {
            (trained, weight, loss) = (other.trained, other.weight, other.loss)
            (predictions, labels) = (other.predictions, other.labels)
            weightSquares = other.weightSquares
        }
    }

    /// The start of the first step held.
    package private(set) var start: Instant?
    package private(set) var steps: [Step] = []

    package init() {}

    /// Changes the step that holds `time`, making it if it is newer than all.
    package mutating func update(at time: Instant, _ change: (inout Step) -> Void) {
        guard let index = index(of: time) else { return }
        change(&steps[index])
    }

    /// The newest `Limits.stepCount` steps and the start of the first of them.
    package var shown: (start: Instant, steps: ArraySlice<Step>)? {
        guard let start else { return nil }
        let newest = steps.suffix(Limits.stepCount)
        let skipped = Span(
            microseconds: Int64(newest.startIndex) * Self.step.microseconds)
        return (start + skipped, newest)
    }

    /// Share of joined among the examples of the three hours that ended `horizon` before `now`;
    /// nil if there were none.
    package func coverage(before now: Instant, horizon: Span) -> Double? {
        guard let start else { return nil }
        let last = now - horizon
        var examples = 0.0
        var joined = 0.0
        for (index, step) in steps.enumerated() {
            let begin = start + Span(microseconds: Int64(index) * Self.step.microseconds)
            guard begin + Self.step <= last, begin >= last - .hours(3) else { continue }
            examples += step.examples
            joined += step.joined
        }
        return examples > 0 ? min(1, joined / examples) : nil
    }

    /// What was trained becomes that of an earlier moment; nothing, for nil. What came in stays.
    package mutating func restoreTraining(of earlier: MetricHistory?) {
        for index in steps.indices {
            steps[index].setTraining(of: Step())
        }
        guard let start, let earlier, let earlierStart = earlier.start else { return }
        let shift = Int((earlierStart - start).microseconds / Self.step.microseconds)
        for (index, step) in earlier.steps.enumerated() where steps.indices.contains(index + shift)
        {
            steps[index + shift].setTraining(of: step)
        }
    }

    /// Counts an example by its own event time.
    package mutating func countExample(at time: Instant) {
        guard let index = index(of: time) else { return }
        steps[index].examples += 1
    }

    /// Counts, by its own event time, an example that was joined.
    package mutating func countJoined(at time: Instant) {
        guard let index = index(of: time) else { return }
        steps[index].joined += 1
    }

    /// What was trained in the steps that begin in an hour, counted since 1970.
    package func trained(inHour hour: Int64) -> HourOutputs {
        guard let start else { return HourOutputs() }
        let begin = Instant(microseconds: hour * 3_600_000_000)
        let first = Int((begin - start).microseconds / Self.step.microseconds)
        var sum = Step()
        for index in max(first, 0)..<max(first + 12, 0) where steps.indices.contains(index) {
            sum.addTraining(of: steps[index])
        }
        guard sum.weight > 0 else { return HourOutputs() }
        let part = sum.trained / sum.weight
        return HourOutputs(
            count: sum.trained, labels: sum.labels * part, predictions: sum.predictions * part)
    }

    /// The sums of the newest steps that together cover `span`.
    package func recent(_ span: Span) -> Step {
        let count = Int(span.microseconds / Self.step.microseconds)
        var sum = Step()
        for step in steps.suffix(max(count, 1)) {
            sum.addTraining(of: step)
            sum.examples += step.examples
            sum.joined += step.joined
        }
        return sum
    }

    /// What was trained in the steps that together cover `span` and end with that of `time`.
    package func recent(_ span: Span, upTo time: Instant) -> Step {
        var sum = Step()
        guard let start, time >= start else { return sum }
        let end = Int((time - start).microseconds / Self.step.microseconds) + 1
        let count = max(Int(span.microseconds / Self.step.microseconds), 1)
        for index in max(0, end - count)..<end where index < steps.count {
            sum.addTraining(of: steps[index])
        }
        return sum
    }

    /// Mean log loss of steps, each counting once, and its standard error, in nats; nil of fewer
    /// than six steps in which something was trained.
    private static func lossLevel(
        of steps: some Sequence<Step>
    ) -> (mean: Double, error: Double)? {
        let losses = steps.filter { $0.weight > 0 }.map { $0.loss / $0.weight }
        guard losses.count >= 6 else { return nil }
        let count = Double(losses.count)
        let mean = losses.reduce(0, +) / count
        let squares = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / (count * (count - 1))).squareRoot())
    }

    /// The same of the newest steps that together cover `span`.
    package func recentLossLevel(_ span: Span) -> (mean: Double, error: Double)? {
        Self.lossLevel(of: steps.suffix(Int(span.microseconds / Self.step.microseconds)))
    }

    private mutating func index(of time: Instant) -> Int? {
        if let start {
            // Unsigned, so that what lies before the start is far beyond the end.
            let distance = UInt64(bitPattern: time.microseconds &- start.microseconds)
            let index = distance / UInt64(Self.step.microseconds)
            if index < UInt64(steps.count) { return Int(index) }
        }
        let wanted = time.floored(to: Self.step)
        guard let start else {
            self.start = wanted
            steps = [Step()]
            return 0
        }
        guard wanted >= start else { return nil }
        let distance = (wanted - start).microseconds / Self.step.microseconds
        if distance < steps.count { return Int(distance) }
        if distance >= Int64(2 * Limits.stepCount) {
            self.start = wanted
            steps = [Step()]
            return 0
        }
        while steps.count <= Int(distance) { steps.append(Step()) }
        if steps.count > 2 * Limits.stepCount {
            let surplus = steps.count - Limits.stepCount
            steps.removeFirst(surplus)
            self.start = start + Span(microseconds: Int64(surplus) * Self.step.microseconds)
        }
        return steps.count - 1
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(start?.microseconds ?? .min)
        writer.write(UInt32(steps.count))
        for step in steps {
            writer.write([
                step.trained, step.weight, step.loss, step.predictions, step.labels,
                step.examples, step.joined, step.pending, step.labelDelay, step.staleness,
                step.weightSquares,
            ])
        }
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        let microseconds = try reader.read(Int64.self)
        start = microseconds == .min ? nil : Instant(microseconds: microseconds)
        let count = Int(try reader.read(UInt32.self))
        for _ in 0..<count {
            let values = try reader.readDoubles()
            // An older build wrote no squares.
            guard values.count == 11 || values.count == 10 else {
                throw ByteFault(offset: reader.offset, expected: "eleven figures of a step")
            }
            var step = Step()
            (step.trained, step.weight, step.loss) = (values[0], values[1], values[2])
            (step.predictions, step.labels, step.examples) = (values[3], values[4], values[5])
            (step.joined, step.pending) = (values[6], values[7])
            (step.labelDelay, step.staleness) = (values[8], values[9])
            step.weightSquares = values.count > 10 ? values[10] : step.weight
            steps.append(step)
        }
    }
}
