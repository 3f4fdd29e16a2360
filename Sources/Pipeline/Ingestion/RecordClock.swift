import Numerics
import Vocabulary

/// Features that the parser makes of a record's `ts` and `tz`, where a model asks for them: what
/// the clock on the sender's wall shows. All are categories.
///
/// `local_hour` is 0 to 23, and `1 again` in the hour that comes twice where clocks go back;
/// `local_weekday` is 1, Monday, to 7; `local_hour_of_week` is both, as in `7 1 again`;
/// `local_month` is 1 to 12.
package enum TimeFeature: String, CaseIterable, Sendable {
    case hour = "local_hour"
    case weekday = "local_weekday"
    case hourOfWeek = "local_hour_of_week"
    case month = "local_month"
}

/// Knows the time zones that records name, and makes the features of local time.
final class RecordClock {
    /// Hashes of the names of the features made here; empty where none are.
    let names: [UInt64]

    private let clocks: ZoneClocks
    private let isLenient: Bool
    /// The last one that was asked for.
    private var last: UInt64?
    private var zones: [UInt64: Zone] = [:]
    private let hours: [UInt64]
    private let weekdays: [UInt64]
    private let hoursOfWeek: [UInt64]
    private let months: [UInt64]

    private struct Zone {
        var name: String
        /// The quarter of an hour, since 1970, whose features these are.
        var quarter: Int64?
        var features: [UInt64] = []
    }

    init(_ clocks: @escaping ZoneClocks, _ rules: RecordRules) {
        (self.clocks, isLenient) = (clocks, rules.isLenient)
        names =
            rules.design.makesTimeFeatures
            ? TimeFeature.allCases.map { FeatureHash.name($0.rawValue) } : []
        let hourTexts = (0..<24).map { "\($0)" } + (0..<24).map { "\($0) again" }
        hours = Self.categories(of: .hour, hourTexts)
        weekdays = Self.categories(of: .weekday, (1...7).map { "\($0)" })
        hoursOfWeek = Self.categories(
            of: .hourOfWeek, (1...7).flatMap { day in hourTexts.map { "\(day) \($0)" } })
        months = Self.categories(of: .month, (1...12).map { "\($0)" })
    }

    private static func categories(of feature: TimeFeature, _ texts: [String]) -> [UInt64] {
        let name = FeatureHash.name(feature.rawValue)
        return texts.map { FeatureHash.category($0, name: name) }
    }

    /// Whether the zone of this hash was met and is one.
    @inline(__always)
    func knows(_ zone: UInt64) -> Bool {
        if zone == last { return true }
        guard zones[zone] != nil else { return false }
        last = zone
        return true
    }

    /// False if no zone has that name.
    func admit(_ name: String, hash: UInt64) -> Bool {
        if knows(hash) { return true }
        let isKnown = clocks(name, Instant(microseconds: 0)) != nil
        guard isKnown || isLenient else { return false }
        zones[hash] = Zone(name: name)
        return true
    }

    /// The features of local time, by their hashes, in the order of `TimeFeature`. The zone must
    /// be known.
    func features(at time: Instant, zone hash: UInt64) -> [UInt64] {
        let size = Int64(900_000_000)
        let quarter = (time.microseconds - (time.microseconds < 0 ? size - 1 : 0)) / size
        guard var zone = zones[hash] else { return [] }
        if zone.quarter != quarter {
            zone.quarter = quarter
            let clock = clocks(zone.name, time) ?? ZoneTime(offset: 0)
            zone.features = features(of: time, clock)
            zones[hash] = zone
        }
        return zone.features
    }

    private func features(of time: Instant, _ clock: ZoneTime) -> [UInt64] {
        let local = time + Span(microseconds: clock.offset * 1_000_000)
        let day = local.floored(to: .days(1))
        let hour = Int((local - day).microseconds / 3_600_000_000) + (clock.isRepeated ? 24 : 0)
        // 1970 began on a Thursday.
        let days = day.microseconds / 86_400_000_000
        let weekday = Int(((days + 3) % 7 + 7) % 7)
        return [
            hours[hour], weekdays[weekday], hoursOfWeek[weekday * 48 + hour],
            months[CivilDate(daysSince1970: Int(days)).month - 1],
        ]
    }
}
