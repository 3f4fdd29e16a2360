import Monitoring
import Numerics
import TestKit
import Testing

@Suite("ADWIN")
struct ADWINTests {
    /// Where drifts were found, counted from 0.
    static func drifts(
        _ values: [Double], _ detector: inout ADWIN, beginsAnew: Bool = false
    ) -> [(index: Int, drift: Drift)] {
        var found: [(index: Int, drift: Drift)] = []
        for (index, value) in values.enumerated() {
            if case .drift(let drift) = detector.add(value) {
                found.append((index, drift))
                if beginsAnew { detector.reset() }
            }
        }
        return found
    }

    @Test(
        "Drifts are found at the very values at which river 0.26.1 finds them",
        arguments: zip(
            [DriftStream.shifts, .shifts, .rates, .rates, .slope],
            [
                [3135, 3167, 3199, 3295, 6047, 6079, 9023, 9055],
                [3071, 3103, 3135, 3167, 6047, 6079, 9023, 9055],
                [3647, 3679, 6207, 6239, 6303, 6591, 9055, 9087, 9151],
                [5439, 6175, 6239, 6271, 9055, 9087],
                [
                    959, 1023, 1375, 2015, 2623, 2783, 3231, 3295, 3391, 3423, 3487, 4639, 5023,
                    5247, 5599, 6079, 6143, 6367, 6527, 6687, 7007, 7391, 7743, 7935, 8319, 8351,
                    8671, 9535, 9791, 9823, 9887, 10431, 10847, 11583, 11615, 11647, 11679,
                ],
            ]))
    func vectors(stream: DriftStream, wanted: [Int]) {
        let seed: UInt64 = [3071, 5439].contains(wanted[0]) ? 2 : 1
        var detector = ADWIN()
        #expect(Self.drifts(stream.values(seed: seed), &detector).map(\.index) == wanted)
    }

    @Test(
        "Begun anew at each drift, it finds what river's class finds, which does so by itself",
        arguments: zip(
            [DriftStream.shifts, .rates, .slope],
            [
                [3135, 6047, 9023], [3647, 6175, 9055],
                [959, 2623, 3391, 5055, 6815, 8351, 9823, 11583],
            ]))
    func vectorsAnew(stream: DriftStream, wanted: [Int]) {
        var detector = ADWIN()
        let found = Self.drifts(stream.values(seed: 1), &detector, beginsAnew: true)
        #expect(found.map(\.index) == wanted)
    }

    @Test("The window is that of river's after the last drift")
    func window() {
        var detector = ADWIN()
        _ = Self.drifts(DriftStream.shifts.values(seed: 1), &detector)
        #expect(detector.window.count == 3008)
        #expect(abs(detector.window.mean - 2.0203066399237423) < 1e-12)
    }

    @Test(
        "A constant stream raises nothing, however far from zero",
        arguments: [0, 0.1, -1e15 / 3, 1e99, 1e-300])
    func constant(value: Double) {
        var detector = ADWIN()
        #expect(Self.drifts(Array(repeating: value, count: 100_000), &detector).isEmpty)
        #expect(detector.window == Drift.Level(count: 100_000, mean: value))
    }

    @Test("Of streams without a change, fewer than one in fifty raises something")
    func falseAlarms() {
        var raised = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            var detector = ADWIN()
            let values = (0..<10_000).map { _ in random.normal() }
            if !Self.drifts(values, &detector).isEmpty { raised += 1 }
        }
        #expect(raised < 4)
    }

    @Test(
        "A shift by a deviation is found within 200 values, its onset within 50",
        arguments: 1...40 as ClosedRange<UInt64>)
    func shift(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let onset = 500 + random.below(5000)
        let rise = random.chance(0.5) ? 1.0 : -1.0
        let level = 1e6 * random.normal()
        let values = (0..<onset + 200).map { level + random.normal() + ($0 < onset ? 0 : rise) }
        var detector = ADWIN()
        let found = Self.drifts(values, &detector)
        let first = try #require(found.first)
        #expect(first.index >= onset)
        let last = try #require(found.last)
        #expect(abs(last.index + 1 - last.drift.after.count - onset) <= 50)
        #expect(abs(last.drift.after.mean - level - rise) < 0.6)
        #expect(abs(last.drift.before.mean - level) < 0.3)
    }

    @Test("What is no number, or too large for sums, is refused and changes nothing")
    func refusals() {
        var detector = ADWIN()
        var undisturbed = ADWIN()
        let values = DriftStream.shifts.values(seed: 1)
        let odd = [.nan, .infinity, -.infinity, .signalingNaN, 1.1e100, -.greatestFiniteMagnitude]
        for (index, value) in values.enumerated() {
            #expect(detector.add(odd[index % odd.count]) == .refused)
            #expect(detector.add(value) == undisturbed.add(value))
        }
        #expect(detector == undisturbed)
        #expect(detector.window.count == 3008)
    }

    @Test("A value at the limit blinds it until the window has lost it, and leaves no rounding")
    func outlier() throws {
        var random = SplitMix64(seed: 5)
        var settings = ADWIN.Settings()
        settings.rowCountMax = 8
        var values = (0..<6000).map { random.normal() + ($0 < 5000 ? 0 : 1) }
        values[40] = ADWIN.Limits.magnitudeMax
        var detector = ADWIN(settings)
        let found = Self.drifts(values, &detector)
        let last = try #require(found.last)
        #expect(last.index > 5000 && last.index < 5200)
        #expect(abs(last.drift.after.mean - 1) < 0.5 && abs(last.drift.before.mean) < 0.2)
    }

    @Test("A window with few rows forgets its oldest values, without an alarm")
    func boundedWindow() {
        var settings = ADWIN.Settings()
        for rowCount in 1...6 {
            settings.rowCountMax = rowCount
            var detector = ADWIN(settings)
            var random = SplitMix64(seed: 3)
            var newest: [Double] = []
            for _ in 0..<5000 {
                newest.append(random.unit())
                #expect(detector.add(newest[newest.count - 1]) == .nothing)
                #expect(detector.window.count <= 6 << (rowCount - 1) * 2)
            }
            let kept = newest.suffix(detector.window.count)
            #expect(kept.count >= 5 << (rowCount - 1))
            #expect(abs(detector.window.mean - kept.reduce(0, +) / Double(kept.count)) < 1e-12)
        }
    }

    @Test("A million values take a few kilobytes")
    func memory() {
        var random = SplitMix64(seed: 4)
        var detector = ADWIN()
        for _ in 0..<1_000_000 { _ = detector.add(random.unit()) }
        #expect(detector.window.count > 500_000)
        var writer = ByteWriter()
        detector.encode(into: &writer)
        #expect(writer.bytes.count < 2500)
    }

    @Test("What was written goes on as if it had never been away", arguments: [1, 2] as [UInt64])
    func restoring(seed: UInt64) throws {
        let values = DriftStream.shifts.values(seed: seed)
        for count in [0, 1, 31, 32, 999, 3136, 9100] {
            var detector = ADWIN()
            for value in values[..<count] { _ = detector.add(value) }
            var writer = ByteWriter()
            detector.encode(into: &writer)
            var restored = try writer.bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                let restored = try ADWIN(restoring: &reader)
                #expect(reader.remaining == 0)
                return restored
            }
            #expect(restored == detector)
            for value in values[count...] { #expect(restored.add(value) == detector.add(value)) }
        }
    }

    @Test("Bytes that hold no window are refused, and never make a broken one")
    func damage() {
        var detector = ADWIN()
        for value in DriftStream.rates.values(seed: 3) { _ = detector.add(value) }
        var writer = ByteWriter()
        detector.encode(into: &writer)
        for index in writer.bytes.indices {
            for bit in 0..<8 {
                var bytes = writer.bytes
                bytes[index] ^= 1 << UInt8(bit)
                bytes.withUnsafeBytes { bytes in
                    var reader = ByteReader(bytes)
                    guard var restored = try? ADWIN(restoring: &reader) else { return }
                    for value in 0..<100 { _ = restored.add(Double(value)) }
                }
                let cut = Array(bytes[..<index])
                #expect(throws: ByteFault.self) {
                    try cut.withUnsafeBytes { bytes in
                        var reader = ByteReader(bytes)
                        _ = try ADWIN(restoring: &reader)
                    }
                }
            }
        }
    }
}
