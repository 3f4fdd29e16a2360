import Engine
import Foundation
import Numerics
import Vocabulary

extension StreamSurroundings {
    /// By this machine's time zones, and by reading records once more.
    package static let local = StreamSurroundings(
        slot: { hour, zone in
            let start = Date(timeIntervalSince1970: Double(hour) * 3600)
            let offset =
                zone.isEmpty
                ? 0 : TimeZone(identifier: zone)?.secondsFromGMT(for: start) ?? 0
            // Where a clock goes back an hour comes twice; a half hour counts to the one before.
            return utcSlot(hour + Int64((Double(offset) / 3600).rounded(.down)))
        }, texts: RecordTexts.init(line:))
}

/// The clocks of this machine's time zones.
package enum LocalSurroundings {
    /// Minutes since Monday 00:00 in a zone, 0 ..< 10,080; nil for a zone that isn't known.
    package static let minuteOfWeek: @Sendable (Instant, String) -> Int? = { now, zone in
        let seconds = now.microseconds / 1_000_000
        let date = Date(timeIntervalSince1970: Double(seconds))
        guard let offset = TimeZone(identifier: zone)?.secondsFromGMT(for: date) else {
            return nil
        }
        // 1970 began on a Thursday.
        let minutes = (seconds + Int64(offset)) / 60 + 3 * 1440
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
