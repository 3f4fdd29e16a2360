import Joining
import Monitoring
import Recording
import Vocabulary

/// Records whose lines were erased, met again where the raw log is taken in anew: the join does
/// with them what it did, and nothing else looks at them.
extension ModelEngine {
    func replayErased(_ record: RawRecord, _ place: RecordPlace) throws {
        guard let erased = ErasedRecord(record.line) else {
            throw LogFault(log: .raw, offset: place.offset)
        }
        switch erased.what {
        case .held(let rule): counts.hold(record.stream, by: rule)
        case .label(let label):
            try takeLabel(
                ParsedRecord(
                    kind: .label, idHash: erased.idHash, time: erased.time, label: Double(label)))
        case .example(_, let label, let rule):
            if let rule { counts.release(rule) } else { counts.examples += 1 }
            let example = ParsedRecord(
                kind: .example, idHash: erased.idHash, time: erased.time,
                label: label.map(Double.init))
            try takeErased(example, erased.entry(at: place.offset), place)
        }
        if training.count & 63 == 63 { train() }
    }

    private func takeErased(
        _ example: ParsedRecord, _ entry: [UInt64], _ place: RecordPlace
    ) throws {
        clock.note(example.time)
        watchHour()
        try entry.withUnsafeBytes { bytes in
            guard let entry = bytes.baseAddress else { return }
            switch joiner.add(example, entry: entry, rawOffset: place.offset) {
            case .duplicate: return
            case .waits, .ready: try drainDue()
            case .joined(let label): teach(entry, label: label, arrival: example.time)
            }
            history.countExample(at: min(example.time, clock.now ?? example.time))
        }
    }
}
