import Engine
import Foundation
import Numerics
import Vocabulary

extension StreamSurroundings {
    /// By this machine's time zones, and by reading records once more.
    package static let local = StreamSurroundings(
        clocks: LocalSurroundings.clocks, texts: RecordTexts.init(line:))
}

/// The clocks of this machine's time zones.
package enum LocalSurroundings {
    package static let clocks: ZoneClocks = { name, now in
        guard let zone = TimeZone(identifier: name) else { return nil }
        func offset(_ span: Span) -> Int64 {
            let seconds = Double((now - span).microseconds) / 1_000_000
            return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)))
        }
        let current = offset(.zero)
        // Clocks go back by an hour nearly everywhere, on Lord Howe Island by half of one.
        let isRepeated = [Span.minutes(30), .hours(1)].contains { span in
            (offset(span) - current) * 1_000_000 == span.microseconds
        }
        return ZoneTime(offset: current, isRepeated: isRepeated)
    }

    /// Minutes since Monday 00:00 in a zone, 0 ..< 10,080; nil for a zone that isn't known.
    package static let minuteOfWeek: @Sendable (Instant, String) -> Int? = { now, zone in
        guard let offset = clocks(zone, now)?.offset else { return nil }
        // 1970 began on a Thursday.
        let minutes = (now.microseconds / 1_000_000 + offset) / 60 + 3 * 1440
        return Int(((minutes % 10_080) + 10_080) % 10_080)
    }
}

extension RecordTexts {
    /// An admitted line is JSON; what Foundation cannot read of it goes by its hash.
    init(line: UnsafeRawBufferPointer) {
        self.init()
        let object = try? JSONSerialization.jsonObject(with: Data(line))
        let record = object as? [String: Any] ?? [:]
        segment = record["segment"] as? String ?? ""
        source = record["source"] as? String ?? ""
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
}
