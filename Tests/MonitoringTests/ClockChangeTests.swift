import Foundation
import Monitoring
import Numerics
import Testing
import Vocabulary

/// A feature that is the day of the week by each shopper's own clock, from two zones nine hours
/// apart, of which the first changes its clock in the fifth week.
private struct ZonedStream {
    static let weekday = FeatureHash.name("weekday")
    static let zones = ["near", "far"]
    static let firstHour: Int64 = 480_000
    static let changeHour = firstHour + 30 * 24

    var monitor = StreamMonitor()
    var changes: [StreamMonitor.Change] = []

    static func slot(_ hour: Int64, _ zone: String) -> Int {
        let ahead: Int64 = zone == "far" ? 9 : hour >= changeHour ? 1 : 0
        return Int((hour + ahead + 72) % 168)
    }

    mutating func play(days: Int) {
        for hour in Self.firstHour..<(Self.firstHour + Int64(days) * 24) {
            monitor.advance(to: start(of: hour), slot: Self.slot)
            for zone in Self.zones.indices { playHour(hour, zone) }
            monitor.advance(to: start(of: hour + 1), slot: Self.slot)
            changes += monitor.takeChanges()
        }
    }

    private func start(of hour: Int64) -> Instant { Instant(microseconds: hour * 3_600_000_000) }

    private mutating func playHour(_ hour: Int64, _ zone: Int) {
        let name = Self.zones[zone]
        let segment = UInt64(zone + 1)
        if !monitor.knows(segment: segment) {
            monitor.add(segment: segment, name: name, zone: name)
        }
        if !monitor.knows(source: 1) { monitor.add(source: 1, name: "app", zone: "") }
        let slot = Self.slot(hour, name)
        var chance = SeededRandom(key: 11).forked(part: UInt64(zone), UInt64(hour))
        let level = 40 + 25 * sin(2 * .pi * Double(slot % 24 - 9) / 24) + chance.between(-4, 4)
        for number in 0..<Int(level) {
            let id = UInt64(hour) << 20 | UInt64(zone) << 16 | UInt64(number)
            guard
                let origin = monitor.noteExample(segment: segment, source: 1, isDuplicate: false),
                monitor.wants(id: id)
            else { continue }
            let day = SeededRandom.mixed(UInt64(slot / 24) ^ Self.weekday)
            let value = FeatureValue(
                name: Self.weekday, number: 0, category: day, kind: .category)
            [value].withUnsafeBufferPointer { values in
                monitor.note(values, id: id, from: origin) { _ in
                    ("weekday", "a day")
                }
            }
        }
    }

    var found: [Finding] {
        changes.compactMap { if case .opened(let finding) = $0 { finding } else { nil } }
    }
}

@Suite("A change of clocks")
struct ClockChangeTests {
    @Test("Where one zone's clock changes, a feature of local time raises nothing")
    func weekday() {
        var stream = ZonedStream()
        stream.play(days: 36)
        #expect(stream.found.isEmpty, "\(stream.found)")
    }
}
