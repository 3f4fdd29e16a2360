import Joining
import Vocabulary

/// The join as plainly as it can be said: dictionaries, arrays and searches through all.
struct ReferenceJoin {
    enum State: Equatable {
        case waiting(time: Instant, offset: UInt64)
        case held(time: Instant, label: Double)
        case labelled
        case negative
        case unlabelled
    }

    enum Out: Equatable {
        case waits
        case held
        case duplicate
        case late
        /// The label, and the offset of the example that waited, if it did.
        case joined(label: Double, offset: UInt64?)
    }

    let wait: Span?
    let disorder: Span
    let countMax: Int
    private(set) var counts = LabelJoiner.Counts()
    private(set) var watermark = Instant.distantPast
    private var states: [UInt64: State] = [:]
    /// Ids in the order of their arrival.
    private var arrivals: [UInt64] = []
    private var firstArrival = 0
    private var labelTimes: [Instant] = []

    init(wait: Span?, disorder: Span, countMax: Int) {
        self.wait = wait
        self.disorder = disorder
        self.countMax = countMax
    }

    mutating func add(example: ParsedRecord, offset: UInt64) -> Out {
        let id = example.idHash
        switch states[id] {
        case .held(let time, let label):
            counts.orphans -= 1
            guard !isLate(time, example.time) else {
                counts.late += 1
                if let own = example.label {
                    states[id] = .labelled
                    join(own)
                    return .joined(label: own, offset: nil)
                }
                counts.pending += 1
                states[id] = .waiting(time: example.time, offset: offset)
                return .waits
            }
            states[id] = .labelled
            join(label)
            return .joined(label: label, offset: nil)
        case .waiting, .labelled, .negative, .unlabelled:
            counts.duplicates += 1
            return .duplicate
        case nil:
            if let label = example.label {
                remember(id, .labelled)
                join(label)
                return .joined(label: label, offset: nil)
            }
            remember(id, .waiting(time: example.time, offset: offset))
            counts.pending += 1
            return .waits
        }
    }

    mutating func add(label: ParsedRecord) -> Out {
        labelTimes.append(label.time)
        labelTimes.sort(by: >)
        labelTimes = Array(labelTimes.prefix(2))
        if labelTimes.count == 2 { watermark = max(watermark, labelTimes[1] - disorder) }
        let value = label.label ?? 0
        switch states[label.idHash] {
        case nil:
            remember(label.idHash, .held(time: label.time, label: value))
            counts.orphans += 1
            return .held
        case .held, .labelled:
            counts.labelDuplicates += 1
            return .duplicate
        case .negative, .unlabelled:
            counts.late += 1
            return .late
        case .waiting(let time, let offset):
            guard !isLate(label.time, time) else {
                counts.late += 1
                return .late
            }
            states[label.idHash] = .labelled
            counts.pending -= 1
            join(value)
            return .joined(label: value, offset: offset)
        }
    }

    mutating func heartbeat(_ time: Instant) {
        watermark = max(watermark, time)
    }

    mutating func endLabels() {
        if let newest = labelTimes.first { watermark = max(watermark, newest) }
    }

    mutating func completeForGood() {
        if wait != nil {
            watermark = .distantFuture
            return
        }
        for (id, state) in states {
            guard case .waiting = state else { continue }
            states[id] = .unlabelled
            counts.pending -= 1
            counts.unlabelled += 1
        }
        if watermark == .distantPast { endLabels() }
    }

    /// Offset and time of each example that became a negative, in order.
    mutating func negatives() -> [(offset: UInt64, time: Instant)] {
        guard let wait else { return [] }
        var due: [(offset: UInt64, time: Instant, arrival: Int, id: UInt64)] = []
        for arrival in firstArrival..<arrivals.count {
            guard case .waiting(let time, let offset) = states[arrivals[arrival]],
                time + wait < watermark
            else { continue }
            due.append((offset, time, arrival, arrivals[arrival]))
        }
        due.sort { ($0.time, $0.arrival) < ($1.time, $1.arrival) }
        for one in due {
            states[one.id] = .negative
            counts.pending -= 1
            join(0)
        }
        return due.map { ($0.offset, $0.time) }
    }

    private func isLate(_ label: Instant, _ example: Instant) -> Bool {
        wait.map { label > example + $0 } ?? false
    }

    private mutating func join(_ label: Double) {
        counts.joined += 1
        if label >= 0.5 { counts.positives += 1 } else { counts.negatives += 1 }
    }

    private mutating func remember(_ id: UInt64, _ state: State) {
        if arrivals.count - firstArrival >= countMax {
            let oldest = arrivals[firstArrival]
            if case .waiting = states[oldest] {
                counts.pending -= 1
                counts.unlabelled += 1
            }
            states[oldest] = nil
            firstArrival += 1
        }
        arrivals.append(id)
        states[id] = state
    }
}
