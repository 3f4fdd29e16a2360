import Foundation
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
        monitor.advance(to: now, slot: LocalHours.slot)
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
        var names: LineNames?
        let values = line.features.isEmpty ? features(of: line) : line.features
        monitor.note(values, id: line.record.idHash, segment: segment) { value in
            let known = names ?? LineNames(line.bytes)
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
        let names = LineNames(line.bytes)
        return monitor.add(segment: hash, name: names.segment, zone: names.zone)
    }
}

/// The texts of one record, for what was only hashed on the way.
private struct LineNames {
    let segment: String
    let zone: String
    private var names: [UInt64: String] = [:]
    private var categories: [UInt64: String] = [:]

    init(_ bytes: UnsafeRawBufferPointer) {
        // An admitted line is JSON; what Foundation cannot read of it goes by its hash.
        let object = try? JSONSerialization.jsonObject(with: Data(bytes))
        let record = object as? [String: Any] ?? [:]
        segment = record["segment"] as? String ?? ""
        zone = record["tz"] as? String ?? ""
        for (name, value) in record["features"] as? [String: Any] ?? [:] {
            let hash = FeatureHash.name(name)
            names[hash] = name
            for text in Self.texts(of: value) {
                categories[FeatureHash.category(text, name: hash)] = text
            }
        }
    }

    private static func texts(of value: Any) -> [String] {
        switch value {
        case let text as String: [text]
        case let texts as [Any]: texts.compactMap { $0 as? String }
        case let flag as Bool: [flag ? "true" : "false"]
        default: []
        }
    }

    func text(of value: FeatureValue) -> (name: String, category: String) {
        (
            names[value.name] ?? "#" + String(value.name, radix: 16),
            categories[value.category] ?? "#" + String(value.category, radix: 16)
        )
    }
}
