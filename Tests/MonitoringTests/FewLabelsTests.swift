import Foundation
import Monitoring
import Numerics
import Testing
import Vocabulary

/// Five weeks of a stream with few labels: five an hour at night, forty by day, and for its first
/// two days a quarter of that.
private struct FewLabels {
    var monitor = StreamMonitor()
    var found: [Finding] = []
    let seed: UInt64
    /// The share of the labels that come from then on.
    let faultShare: Double
    static let faultHour: Int64 = 480_000 + 30 * 24 + 6
    private static let source: UInt64 = 1

    init(seed: UInt64, faultShare: Double) {
        (self.seed, self.faultShare) = (seed, faultShare)
        monitor.add(segment: Self.source, name: "", zone: "")
        monitor.add(source: Self.source, name: "shop", zone: "")
    }

    mutating func play() {
        for hour in Int64(480_000)..<(480_000 + 35 * 24) {
            let start = Instant(microseconds: hour * 3_600_000_000)
            monitor.advance(to: start) { hour, _ in Int((hour + 72) % 168) }
            for change in monitor.takeChanges() {
                if case .opened(let finding) = change { found.append(finding) }
            }
            var chance = SeededRandom(key: seed).forked(part: UInt64(hour))
            let day = 0.5 - 0.5 * cos(2 * .pi * (Double(hour % 24) - 3) / 24)
            var rate = 5 + 35 * day
            if hour < 480_000 + 48 { rate /= 4 }
            if hour >= Self.faultHour { rate *= faultShare }
            for _ in 0..<Self.count(of: rate, &chance) { monitor.noteLabel() }
            for _ in 0..<Self.count(of: 60, &chance) {
                _ = monitor.noteExample(
                    segment: Self.source, source: Self.source, isDuplicate: false)
            }
        }
    }

    /// How many come in an hour, by Poisson's distribution.
    private static func count(of rate: Double, _ chance: inout SeededRandom) -> Int {
        var (count, left) = (0, rate)
        while true {
            left += log(max(chance.unit(), .leastNormalMagnitude))
            guard left > 0 else { return count }
            count += 1
        }
    }
}

@Suite("Few labels")
struct FewLabelsTests {
    @Test(
        "Most of few labels lost is found within nine hours",
        arguments: 1...5 as ClosedRange<UInt64>
    )
    func lost(seed: UInt64) throws {
        var stream = FewLabels(seed: seed, faultShare: 0.15)
        stream.play()
        let finding = try #require(stream.found.first, "nothing was found")
        #expect(finding.name == .labelsLow)
        let fault = Instant(microseconds: FewLabels.faultHour * 3_600_000_000)
        #expect(
            finding.raised > fault && finding.raised <= fault + .hours(9),
            "\(finding.raised - fault)")
        #expect((finding.onset - fault).magnitude <= .hours(3))
    }

    @Test("Few labels that come as they did raise nothing", arguments: 1...5 as ClosedRange<UInt64>)
    func calm(seed: UInt64) {
        var stream = FewLabels(seed: seed, faultShare: 1)
        stream.play()
        #expect(stream.found.isEmpty, "\(stream.found.map(\.text))")
    }
}
