import Foundation

/// Hours of the week on the clocks of a time zone.
enum LocalHours {
    /// From 0, Monday at midnight, to 167. Where a clock goes back an hour comes twice; where it
    /// goes forward one is missing. An unknown or empty zone counts as UTC.
    static func slot(of hour: Int64, in zone: String) -> Int {
        let seconds = hour * 3600
        let offset =
            zone.isEmpty
            ? 0
            : TimeZone(identifier: zone)?.secondsFromGMT(
                for: Date(timeIntervalSince1970: Double(seconds))) ?? 0
        // 1970 began on a Thursday. A zone of half hours counts to the hour that holds its start.
        let local = (seconds + Int64(offset)) / 3600 + 3 * 24
        return Int(((local % 168) + 168) % 168)
    }
}
