import Numerics
import Vocabulary

/// The past of one model in equal steps of event time, as charts show it: two hours by the minute,
/// a day by five minutes, thirty days by the hour.
///
/// What leaves the day is summed by the hour, so that the hours cost nothing while rows come.
package struct MetricHistory: Sendable, Equatable {
    /// Counts.
    package enum Limits {
        package static let stepCount = 288
        static let minuteCount = 120
        static let hourCount = 720
    }

    /// Five minutes.
    @inlinable package static var step: Span { Span(microseconds: 300_000_000) }

    /// The finest steps that there are.
    @inlinable package static var minute: Span { Span(microseconds: 60_000_000) }

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
        /// What those examples weigh, and what a floor of propensities has cut off of that; both 0
        /// where propensities weigh nothing.
        package var inverse = Inverse()
        package var pending = Double.nan
        package var labelDelay = Double.nan
        package var staleness = Double.nan

        package init() {}

        /// Sums over examples that weigh one over their propensity.
        package struct Inverse: Sendable, Equatable {
            package var weight = 0.0
            package var cut = 0.0

            package init(weight: Double = 0, cut: Double = 0) {
                (self.weight, self.cut) = (weight, cut)
            }

            package mutating func add(_ other: Inverse) {
                weight += other.weight
                cut += other.cut
            }

            /// The share of all weight that was cut off, in 0..<1: a rate of outcomes in [0,1] is
            /// off by no more than this, because the weights' distribution moved by no more. Nil
            /// where nothing weighs.
            package var cutShare: Double? { weight > 0 ? cut / (weight + cut) : nil }
        }

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

        mutating func forgetTraining() {
            (trained, weight, weightSquares, loss) = (0, 0, 0, 0)
            (predictions, labels) = (0, 0)
        }

        /// Adds what a later step counted; its levels are the newer ones, where it has any.
        mutating func add(_ later: Step) {
            addTraining(of: later)
            examples += later.examples
            joined += later.joined
            inverse.add(later.inverse)
            if !later.pending.isNaN { pending = later.pending }
            if !later.labelDelay.isNaN { labelDelay = later.labelDelay }
            if !later.staleness.isNaN { staleness = later.staleness }
        }
    }

    private var day = StepRing<300>(countMin: Limits.stepCount)
    private var minutes = StepRing<60>(countMin: Limits.minuteCount)
    /// Of the time before the day.
    private var hours = StepRing<3600>(countMin: Limits.hourCount)

    /// The steps of five minutes, and the start of the first of them.
    package var start: Instant? { day.start }
    package var steps: [Step] { day.steps }

    package init() {}

    /// Changes the step that holds `time`, making it if it is newer than all.
    package mutating func update(at time: Instant, _ change: (inout Step) -> Void) {
        if let index = index(of: time) {
            change(&day.steps[index])
        } else if let index = hours.index(of: time) {
            change(&hours.steps[index])
        }
        if let index = minutes.extend(to: time) { change(&minutes.steps[index]) }
    }

    /// Steps as a chart shows them.
    package struct Shown {
        package var start: Instant
        package var width: Span
        package var steps: ArraySlice<Step>
    }

    /// A day; nil while there is nothing.
    package var shownDay: Shown? {
        day.shown.map { Shown(start: $0.start, width: Self.step, steps: $0.steps) }
    }

    /// The newest two hours.
    package var shownMinutes: Shown? {
        minutes.shown.map { Shown(start: $0.start, width: Self.minute, steps: $0.steps) }
    }

    /// Thirty days.
    package var shownHours: Shown? {
        var all = hours
        for (index, step) in day.steps.enumerated() {
            if let begin = day.begin(of: index) { all.add((begin, step)) }
        }
        return all.shown.map { Shown(start: $0.start, width: .hours(1), steps: $0.steps) }
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
        let earlier = earlier ?? MetricHistory()
        day.restoreTraining(of: earlier.day)
        minutes.restoreTraining(of: earlier.minutes)
        hours.restoreTraining(of: earlier.hours)
        // What was of its day may be of the hours by now.
        for (index, step) in earlier.day.steps.enumerated() {
            if let begin = earlier.day.begin(of: index), day.index(of: begin) == nil,
                let hour = hours.index(of: begin)
            {
                hours.steps[hour].addTraining(of: step)
            }
        }
    }

    /// Counts an example by its own event time.
    package mutating func countExample(at time: Instant) {
        update(at: time) { $0.examples += 1 }
    }

    /// Counts what an example weighs, by its own event time.
    package mutating func countInverse(at time: Instant, _ inverse: Step.Inverse) {
        update(at: time) { $0.inverse.add(inverse) }
    }

    /// Counts, by its own event time, an example that was joined.
    package mutating func countJoined(at time: Instant) {
        if let index = index(of: time) {
            day.steps[index].joined += 1
        } else if let index = hours.index(of: time) {
            hours.steps[index].joined += 1
        }
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
            sum.inverse.add(step.inverse)
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

    /// Mean log loss of the newest steps that together cover `span`, each counting once, and its
    /// standard error, in nats; nil of fewer than six steps in which something was trained.
    package func recentLossLevel(_ span: Span) -> (mean: Double, error: Double)? {
        let newest = steps.suffix(Int(span.microseconds / Self.step.microseconds))
        let losses = newest.filter { $0.weight > 0 }.map { $0.loss / $0.weight }
        guard losses.count >= 6 else { return nil }
        let count = Double(losses.count)
        let mean = losses.reduce(0, +) / count
        let squares = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / (count * (count - 1))).squareRoot())
    }

    /// Of the day's steps; makes it if it is newer than all.
    private mutating func index(of time: Instant) -> Int? {
        if let index = day.index(of: time) { return index }
        var left: [StepRing<300>.Left] = []
        let index = day.extend(to: time, leaving: &left)
        for one in left { hours.add(one) }
        return index
    }

    /// The day, as builds before the hours know it too.
    package func encode(into writer: inout ByteWriter) {
        day.encode(into: &writer)
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        try day.restore(&reader)
    }

    /// Minutes and hours.
    package func encodePast(into writer: inout ByteWriter) {
        minutes.encode(into: &writer)
        hours.encode(into: &writer)
    }

    package mutating func restorePast(_ reader: inout ByteReader) throws(ByteFault) {
        try minutes.restore(&reader)
        try hours.restore(&reader)
    }
}

extension MetricHistory.Step {
    func encode(into writer: inout ByteWriter) {
        writer.write([
            trained, weight, loss, predictions, labels, examples, joined, pending, labelDelay,
            staleness, weightSquares, inverse.weight, inverse.cut,
        ])
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        let values = try reader.readDoubles()
        // Older builds wrote no inverse propensities, and before that no squares.
        guard [13, 11, 10].contains(values.count) else {
            throw ByteFault(offset: reader.offset, expected: "thirteen figures of a step")
        }
        (trained, weight, loss) = (values[0], values[1], values[2])
        (predictions, labels, examples) = (values[3], values[4], values[5])
        (joined, pending) = (values[6], values[7])
        (labelDelay, staleness) = (values[8], values[9])
        weightSquares = values.count > 10 ? values[10] : weight
        if values.count > 12 { inverse = Inverse(weight: values[11], cut: values[12]) }
    }
}
