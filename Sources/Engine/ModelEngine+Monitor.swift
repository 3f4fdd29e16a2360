import Ingestion
import Monitoring
import Numerics
import Vocabulary

/// What the stream's monitor is told.
extension ModelEngine {
    /// Closes the monitor's hour once the stream's clock is beyond it.
    @inline(__always)
    func watchHour() {
        guard settings.monitors.isOn, let now = clock.now, monitor.isBeyond(now) else { return }
        closeHour(before: now)
    }

    /// Labels may come yet, examples won't: none are missed from here on.
    @inline(__always)
    package func endExamples() { monitor.examplesHaveEnded = true }

    private func closeHour(before now: Instant) {
        train()
        if let hour = monitor.hour { monitor.noteTrained(history.trained(inHour: hour)) }
        monitor.advance(to: now, slot: surroundings.slot)
    }

    /// Counts an example, and looks at its features if it is one of the sample.
    @inline(__always)
    func watch(_ line: ParsedLine, isDuplicate: Bool) {
        guard settings.monitors.isOn else { return }
        let entry = EntryView(line.entry)
        let segment = monitor.segment(entry.segment) ?? newSegment(entry.segment, line)
        if isDuplicate { return monitor.noteDuplicate(segment: segment) }
        monitor.noteExample(segment: segment)
        if monitor.wants(id: line.record.idHash) { look(at: line, segment) }
    }

    private func look(at line: ParsedLine, _ segment: Int) {
        var names: RecordTexts?
        let values = line.features.isEmpty ? features(of: line) : line.features
        monitor.note(values, id: line.record.idHash, segment: segment) { value in
            let known = names ?? surroundings.texts(line.bytes)
            names = known
            return known.text(of: value)
        }
    }

    private func features(of line: ParsedLine) -> UnsafeBufferPointer<FeatureValue> {
        let none = UnsafeBufferPointer<FeatureValue>(start: nil, count: 0)
        let parsed = monitorParser.line(line.bytes, stream: line.stream, number: line.number)
        return parsed.isAdmitted ? parsed.features : none
    }

    private func newSegment(_ hash: UInt64, _ line: ParsedLine) -> Int {
        let names = surroundings.texts(line.bytes)
        return monitor.add(segment: hash, name: names.segment, zone: names.zone)
    }
}
