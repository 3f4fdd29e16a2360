import Numerics
import Vocabulary

/// The newest steps of event time, each of so many seconds: at least `countMin` once they have
/// been there, and at most twice as many, so that the oldest need not be moved out one by one.
///
/// The width is part of the type, so that a step is found without a division.
struct StepRing<let seconds: Int>: Sendable, Equatable {
    typealias Step = MetricHistory.Step

    /// A step that is no longer held, and when it began.
    typealias Left = (begin: Instant, step: Step)

    static var width: Span { Span(microseconds: Int64(seconds) * 1_000_000) }

    let countMin: Int
    /// The start of the first step held.
    private(set) var start: Instant?
    var steps: [Step] = []

    init(countMin: Int) { self.countMin = countMin }

    /// The step that holds a moment, if it is held.
    @inline(__always)
    func index(of time: Instant) -> Int? {
        guard let start else { return nil }
        // Unsigned, so that what lies before the start is far beyond the end.
        let distance = UInt64(bitPattern: time.microseconds &- start.microseconds)
        let index = distance / UInt64(seconds * 1_000_000)
        return index < UInt64(steps.count) ? Int(index) : nil
    }

    func begin(of index: Int) -> Instant? {
        start.map { $0 + Span(microseconds: Int64(index) * Self.width.microseconds) }
    }

    /// The newest `countMin` steps and the start of the first of them.
    var shown: (start: Instant, steps: ArraySlice<Step>)? {
        let newest = steps.suffix(countMin)
        return begin(of: newest.startIndex).map { ($0, newest) }
    }

    /// Makes the step that holds a moment if it is newer than all; nil where it is older. What
    /// falls off behind goes to `left`.
    mutating func extend(to time: Instant, leaving left: inout [Left]) -> Int? {
        let wanted = time.floored(to: Self.width)
        guard let start else {
            (self.start, steps) = (wanted, [Step()])
            return 0
        }
        if let index = index(of: time) { return index }
        guard wanted >= start else { return nil }
        let distance = (wanted - start).microseconds / Self.width.microseconds
        if distance >= Int64(2 * countMin + steps.count) {
            removeFirst(steps.count, into: &left)
            (self.start, steps) = (wanted, [Step()])
            return 0
        }
        while steps.count <= Int(distance) { steps.append(Step()) }
        if steps.count > 2 * countMin { removeFirst(steps.count - countMin, into: &left) }
        return steps.count - 1
    }

    /// The same, and what falls off is lost.
    mutating func extend(to time: Instant) -> Int? {
        var left: [Left] = []
        return extend(to: time, leaving: &left)
    }

    private mutating func removeFirst(_ count: Int, into left: inout [Left]) {
        for index in 0..<count {
            if let begin = begin(of: index) { left.append((begin, steps[index])) }
        }
        steps.removeFirst(count)
        start = begin(of: count)
    }

    /// Adds all of a step, finer than those here, to the one that it lies in.
    mutating func add(_ left: Left) {
        guard let index = extend(to: left.begin) else { return }
        steps[index].add(left.step)
    }

    /// What was trained becomes that of an earlier moment; what came in stays.
    mutating func restoreTraining(of earlier: StepRing) {
        forgetTraining()
        for (index, step) in earlier.steps.enumerated() {
            if let begin = earlier.begin(of: index), let own = self.index(of: begin) {
                steps[own].addTraining(of: step)
            }
        }
    }

    mutating func forgetTraining() {
        for index in steps.indices { steps[index].forgetTraining() }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(start?.microseconds ?? .min)
        writer.write(UInt32(steps.count))
        for step in steps { step.encode(into: &writer) }
    }

    mutating func restore(_ reader: inout ByteReader) throws(ByteFault) {
        let microseconds = try reader.read(Int64.self)
        start = microseconds == .min ? nil : Instant(microseconds: microseconds)
        steps = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            steps.append(try Step(restoring: &reader))
        }
    }
}
