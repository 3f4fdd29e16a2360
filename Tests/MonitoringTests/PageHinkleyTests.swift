import Monitoring
import Numerics
import TestKit
import Testing

@Suite("Page-Hinkley")
struct PageHinkleyTests {
    private static func drifts(
        _ values: [Double], _ detector: inout PageHinkley
    ) -> [(index: Int, drift: Drift)] {
        values.enumerated().compactMap { index, value in
            guard case .drift(let drift) = detector.add(value) else { return nil }
            return (index, drift)
        }
    }

    /// For values with a deviation of 1: rises or falls by more than a fifth of it.
    private static var sure: PageHinkley.Settings {
        var settings = PageHinkley.Settings()
        (settings.delta, settings.threshold, settings.memory) = (0.1, 30, 1)
        return settings
    }

    @Test("Drifts are found at the very values at which river 0.26.1 finds them")
    func vectors() {
        for (stream, seed, wanted) in [
            (DriftStream.shifts, 1, [965, 3125, 4397, 5318, 6065, 8668, 9015, 9866, 11654]),
            (.shifts, 3, [1850, 3090, 5346, 6054, 7776, 8597, 9007, 11814]),
            (.rates, 1, [3589, 6183, 9121, 11071]), (.rates, 2, [3575, 6245, 9095]),
        ] as [(DriftStream, UInt64, [Int])] {
            var detector = PageHinkley()
            #expect(Self.drifts(stream.values(seed: seed), &detector).map(\.index) == wanted)
        }
        for (stream, seed, wanted) in [
            (DriftStream.shifts, 1, [936, 3110, 6042, 9010]),
            (.shifts, 2, [3028, 3574, 6031, 6508, 9011]), (.rates, 3, [6384, 9092]),
        ] as [(DriftStream, UInt64, [Int])] {
            var detector = PageHinkley(Self.sure)
            #expect(Self.drifts(stream.values(seed: seed), &detector).map(\.index) == wanted)
        }
    }

    @Test("A constant stream raises nothing", arguments: [0, 0.1, -1e12, 1e99, 1e-300])
    func constant(value: Double) {
        var detector = PageHinkley()
        #expect(Self.drifts(Array(repeating: value, count: 100_000), &detector).isEmpty)
    }

    @Test(
        "A shift by two deviations is found within 60 values, its onset within 20",
        arguments: 1...40 as ClosedRange<UInt64>)
    func shift(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var settings = Self.sure
        settings.delta = 0.5
        let onset = 500 + random.below(1000)
        let rise = random.chance(0.5) ? 2.0 : -2.0
        let values = (0..<onset + 60).map { 7 + random.normal() + ($0 < onset ? 0 : rise) }
        var detector = PageHinkley(settings)
        let first = try #require(Self.drifts(values, &detector).first)
        #expect(first.index >= onset)
        #expect(abs(first.index + 1 - first.drift.after.count - onset) <= 20)
        #expect(abs(first.drift.before.mean - 7) < 0.2)
        #expect(abs(first.drift.after.mean - 7 - rise) < 1)
        #expect(first.drift.before.count + first.drift.after.count == first.index + 1)
    }

    @Test("What is no number, or too large for sums, is refused and changes nothing")
    func refusals() {
        var detector = PageHinkley()
        var undisturbed = PageHinkley()
        let odd = [.nan, .infinity, -.infinity, .signalingNaN, 1.1e100, -.greatestFiniteMagnitude]
        for (index, value) in DriftStream.shifts.values(seed: 1).enumerated() {
            #expect(detector.add(odd[index % odd.count]) == .refused)
            #expect(detector.add(value) == undisturbed.add(value))
        }
        #expect(detector == undisturbed)
    }

    @Test("A value at the limit raises a drift, and what comes after it is found all the same")
    func outlier() throws {
        var random = SplitMix64(seed: 5)
        var values = (0..<3000).map { random.normal() + ($0 < 2000 ? 0 : 3) }
        values[400] = PageHinkley.Limits.magnitudeMax
        var detector = PageHinkley(Self.sure)
        let found = Self.drifts(values, &detector).map(\.index)
        #expect(found.contains(400))
        #expect(found.contains { $0 > 2000 && $0 < 2060 })
    }

    @Test("What was written goes on as if it had never been away")
    func restoring() throws {
        let values = DriftStream.rates.values(seed: 1)
        for count in [0, 1, 29, 3589, 3590, 9000] {
            var detector = PageHinkley()
            for value in values[..<count] { _ = detector.add(value) }
            var writer = ByteWriter()
            detector.encode(into: &writer)
            var restored = try writer.bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                return try PageHinkley(restoring: &reader)
            }
            #expect(restored == detector)
            for value in values[count...] { #expect(restored.add(value) == detector.add(value)) }
        }
    }
}
