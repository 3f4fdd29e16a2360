import Ingestion
import Launching
import Numerics
import Recording
import Vocabulary

/// What was shown, and what came of it, as a model's raw log tells it: each exposure once its
/// outcome can no longer come, in bounded memory.
final class LaunchLedger {
    /// One exposure, and for each metric what it adds.
    struct Exposure {
        var unit: UInt64
        var time: Instant
        /// Nil where no arm served it.
        var arm: ArmName?
        /// By metric: what its label is multiplied by, and the base.
        var factors: [(amount: Double, base: Double)]
        var label: Double?
    }

    /// Who is told.
    struct Listener {
        var met: (Exposure) -> Void
        /// The label is 0 where none came in time; nil where none may come at all.
        var known: (Exposure) -> Void
        /// All labels are in up to this event time.
        var complete: (Instant) -> Void
    }

    /// Counts.
    enum Limits {
        /// Exposures that wait for an outcome; beyond, the oldest are passed over.
        static let waitingCountMax = 1 << 21
    }

    private let wait: Span
    private let metrics: [LaunchMetric]
    /// By metric: the keys of its features in an entry.
    private let keys: [(amount: UInt32?, base: UInt32?)]
    private let parser: RecordParser
    private let log: LogFollower
    private var waiting: [UInt64: Exposure] = [:]
    /// Ids by the minute of their exposure.
    private var minutes: [Int64: [UInt64]] = [:]
    private var oldestMinute = Int64.max
    private(set) var complete = Instant.distantPast
    /// Exposures that were passed over for want of room.
    private(set) var lostCount = 0

    init(
        _ terms: LaunchTerms, wait: Span, log: LogFolder, from sequence: UInt64, rules: RecordRules
    ) throws {
        self.wait = wait
        metrics = terms.metrics
        keys = terms.metrics.map { metric in
            func key(_ name: String?) -> UInt32? {
                name.map { UInt32(truncatingIfNeeded: FeatureHash.name($0)) }
            }
            return (key(metric.amountFeature), key(metric.baseFeature))
        }
        parser = RecordParser(rules: rules)
        self.log = try LogFollower(log, from: sequence)
    }

    /// Reads on, of `batchCount` batches of the log at most; true once it came to its end.
    func advance(batchCount: Int, _ listener: Listener) throws -> Bool {
        try log.followRecords(batchCount: batchCount) { record in
            switch record.kind {
            case .line, .released: take(record, listener)
            case .settings, .erased: break
            case .labelsEnded, .completeForGood: settle(to: .latest, listener)
            }
        }
    }

    private func take(_ record: RawRecord, _ listener: Listener) {
        let line = parser.line(record.line, stream: record.stream, number: record.lineNumber)
        guard line.isAdmitted else { return }
        switch line.record.kind {
        case .example: takeExample(line, listener)
        case .label:
            takeLabel(line.record, listener)
            if wait == .zero { settle(to: line.record.time, listener) }
        case .heartbeat: settle(to: line.record.time, listener)
        }
    }

    private func takeExample(_ line: ParsedLine, _ listener: Listener) {
        let id = line.record.idHash
        guard waiting[id] == nil else { return }
        let entry = EntryView(UnsafeRawPointer(line.entry))
        let unit = parser.unit != 0 ? parser.unit : entry.source != 0 ? entry.source : id
        let exposure = Exposure(
            unit: unit, time: line.record.time, arm: ArmName(code: entry.armCode),
            factors: keys.map { key in
                (
                    key.amount.map { Self.number($0, in: entry) } ?? 1,
                    key.base.map { Self.number($0, in: entry) } ?? 1
                )
            }, label: line.record.label)
        listener.met(exposure)
        if exposure.label != nil {
            listener.known(exposure)
            return
        }
        waiting[id] = exposure
        let minute = Self.minute(of: exposure.time)
        minutes[minute, default: []].append(id)
        oldestMinute = min(oldestMinute, minute)
        if waiting.count > Limits.waitingCountMax { passOver() }
    }

    private func takeLabel(_ record: ParsedRecord, _ listener: Listener) {
        guard var exposure = waiting[record.idHash], exposure.label == nil else { return }
        guard wait == .zero || record.time <= exposure.time + wait else { return }
        exposure.label = record.label
        if wait == .zero {
            waiting[record.idHash] = nil
            listener.known(exposure)
        } else {
            waiting[record.idHash] = exposure
        }
    }

    /// What can no longer get a label is known.
    private func settle(to time: Instant, _ listener: Listener) {
        guard time > complete else { return }
        complete = time
        if wait > .zero {
            let due = Self.minute(of: time - wait)
            while oldestMinute < due, !minutes.isEmpty {
                for id in minutes.removeValue(forKey: oldestMinute) ?? [] {
                    guard var exposure = waiting.removeValue(forKey: id) else { continue }
                    exposure.label = exposure.label ?? 0
                    listener.known(exposure)
                }
                oldestMinute += 1
                if minutes[oldestMinute] == nil { oldestMinute = minutes.keys.min() ?? .max }
            }
        }
        listener.complete(time)
    }

    private func passOver() {
        guard let oldest = minutes.keys.min(), let ids = minutes.removeValue(forKey: oldest)
        else { return }
        for id in ids where waiting.removeValue(forKey: id) != nil { lostCount += 1 }
        oldestMinute = minutes.keys.min() ?? .max
    }

    private static func minute(of time: Instant) -> Int64 {
        time.floored(to: .minutes(1)).microseconds / Span.minutes(1).microseconds
    }

    /// 0 for one that isn't there.
    private static func number(_ key: UInt32, in entry: EntryView) -> Double {
        for index in 0..<entry.numberCount where entry.numberKeys[index] == key {
            return entry.numbers[index]
        }
        return 0
    }
}
