import Monitoring
import Numerics
import Testing
import Vocabulary

@Suite("Metric history")
struct MetricHistoryTests {
    private static let start = Instant(microseconds: 1_700_000_000_000_000)

    @Test("The effective sample size is the count of equal weights, and 1 where one has all")
    func effective() {
        for (weights, expected) in [
            ([2, 2, 2, 2], 4.0), ([1, 0, 0, 0], 1), ([1, 2, 3], 36.0 / 14),
        ] {
            var history = MetricHistory()
            for weight in weights {
                history.update(at: Self.start) { step in
                    step.weight += Double(weight)
                    step.weightSquares += Double(weight * weight)
                }
            }
            #expect(abs(history.recent(.hours(1)).effectiveCount - expected) < 1e-12)
        }
    }

    @Test("A history of ten figures a step, from before weights were squared, is read")
    func older() throws {
        var writer = ByteWriter()
        writer.write(Self.start.microseconds)
        writer.write(UInt32(1))
        writer.write([3.0, 6, 1, 2, 1, 5, 3, 0, 0, 0])
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let history = try MetricHistory(restoring: &reader)
            #expect(history.recent(.hours(1)).weight == 6)
            #expect(history.recent(.hours(1)).effectiveCount == 6)
        }
    }
}
