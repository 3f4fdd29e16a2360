import Joining
import Numerics
import Vocabulary

/// The join as plainly as it can be said: dictionaries, arrays and searches through all.
struct ReferenceJoin {
    enum State: Equatable {
        case waiting(time: Instant, offset: UInt64)
        case ready(due: Instant, label: Double, offset: UInt64)
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
        /// It goes out in its turn.
        case ready
    }

    /// What goes out in its turn.
    struct Due: Equatable {
        var offset: UInt64
        var label: Double
        var time: Instant
    }

    let settings: LabelJoiner.Settings
    let countMax: Int
    private(set) var counts = LabelJoiner.Counts()
    private(set) var watermark = Instant.distantPast
    private var states: [UInt64: State] = [:]
    /// Labels that came first, the oldest first; nil once their example came.
    private var held: [(id: UInt64, time: Instant, label: Double?)] = []
    private let heldCountMax: Int
    /// Ids of examples in the order of their arrival.
    private var arrivals: [UInt64] = []
    private var firstArrival = 0
    private var labelTimes: [Instant] = []
    /// Ready examples whose ids were forgotten: they go out before all others.
    private var expelled: [Due] = []

    init(_ settings: LabelJoiner.Settings, countMax: Int) {
        self.settings = settings
        self.countMax = max(1024, countMax)
        heldCountMax = max(1024, countMax / 4)
    }

    private var isOrdered: Bool { settings.wait != nil || settings.shuffle != nil }

    mutating func add(example: ParsedRecord, offset: UInt64) -> Out {
        let id = example.idHash
        switch states[id] {
        case .waiting, .ready, .labelled, .negative, .unlabelled:
            counts.duplicates += 1
            return .duplicate
        case nil:
            remember(id, .waiting(time: example.time, offset: offset))
            if let (time, label) = takeHeld(id) {
                counts.orphans -= 1
                guard isLate(time, example.time) else {
                    return join(id, label, due: max(time, example.time), offset)
                }
                counts.late += 1
            }
            if let label = example.label { return join(id, label, due: example.time, offset) }
            counts.pending += 1
            return .waits
        }
    }

    mutating func add(label: ParsedRecord) -> Out {
        labelTimes.append(label.time)
        labelTimes.sort(by: >)
        labelTimes = Array(labelTimes.prefix(2))
        if labelTimes.count == 2 { watermark = max(watermark, labelTimes[1] - settings.disorder) }
        let value = label.label ?? 0
        switch states[label.idHash] {
        case nil:
            guard !held.contains(where: { $0.id == label.idHash }) else {
                counts.labelDuplicates += 1
                return .duplicate
            }
            if held.count >= heldCountMax { held.removeFirst() }
            held.append((label.idHash, label.time, value))
            counts.orphans += 1
            return .held
        case .ready, .labelled:
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
            counts.pending -= 1
            let fate = join(label.idHash, value, due: max(label.time, time), offset)
            return fate == .ready ? .ready : .joined(label: value, offset: offset)
        }
    }

    mutating func heartbeat(_ time: Instant) {
        watermark = max(watermark, time)
    }

    mutating func endLabels() {
        if let newest = labelTimes.first { watermark = max(watermark, newest) }
    }

    mutating func completeForGood() {
        if isOrdered { watermark = .distantFuture }
        guard settings.wait == nil else { return }
        for (id, state) in states {
            guard case .waiting = state else { continue }
            states[id] = .unlabelled
            counts.pending -= 1
            counts.unlabelled += 1
        }
        if watermark == .distantPast { endLabels() }
    }

    /// Each example that goes out now, in order.
    mutating func due() -> [Due] {
        var turns: [(turn: Instant, rank: UInt64, id: UInt64, out: Due)] = []
        for arrival in firstArrival..<arrivals.count {
            let id = arrivals[arrival]
            let out: Due
            var turn: Instant
            switch states[id] {
            case .ready(let due, let label, let offset):
                out = Due(offset: offset, label: label, time: due)
                turn = due
            case .waiting(let time, let offset):
                guard let wait = settings.wait else { continue }
                out = Due(offset: offset, label: 0, time: time + wait)
                // A label at the very end of the wait is in time.
                turn = time + wait + Span(microseconds: 1)
            case .labelled, .negative, .unlabelled, nil: continue
            }
            var rank = UInt64(arrival)
            if let block = settings.shuffle {
                turn = turn.floored(to: block) + block
                rank = XXHash64.finish(id)
            }
            if turn <= watermark { turns.append((turn, rank, id, out)) }
        }
        turns.sort { ($0.turn, $0.rank) < ($1.turn, $1.rank) }
        for turn in turns { send(turn.id) }
        defer { expelled = [] }
        counts.ready -= expelled.count
        return expelled + turns.map(\.out)
    }

    private mutating func send(_ id: UInt64) {
        if case .ready = states[id] {
            counts.ready -= 1
            states[id] = .labelled
        } else {
            counts.pending -= 1
            count(0)
            states[id] = .negative
        }
    }

    private mutating func takeHeld(_ id: UInt64) -> (Instant, Double)? {
        guard let index = held.firstIndex(where: { $0.id == id }),
            let label = held[index].label
        else { return nil }
        held[index].label = nil
        return (held[index].time, label)
    }

    private func isLate(_ label: Instant, _ example: Instant) -> Bool {
        settings.wait.map { label > example + $0 } ?? false
    }

    private mutating func join(
        _ id: UInt64, _ label: Double, due: Instant, _ offset: UInt64
    ) -> Out {
        count(label)
        guard isOrdered else {
            states[id] = .labelled
            return .joined(label: label, offset: nil)
        }
        counts.ready += 1
        states[id] = .ready(due: due, label: label, offset: offset)
        return .ready
    }

    private mutating func count(_ label: Double) {
        counts.joined += 1
        if label >= 0.5 { counts.positives += 1 } else { counts.negatives += 1 }
    }

    private mutating func remember(_ id: UInt64, _ state: State) {
        if arrivals.count - firstArrival >= countMax {
            let oldest = arrivals[firstArrival]
            switch states[oldest] {
            case .waiting:
                counts.pending -= 1
                counts.unlabelled += 1
            case .ready(let due, let label, let offset):
                expelled.append(Due(offset: offset, label: label, time: due))
            case .labelled, .negative, .unlabelled, nil: break
            }
            states[oldest] = nil
            firstArrival += 1
        }
        arrivals.append(id)
        states[id] = state
    }
}
