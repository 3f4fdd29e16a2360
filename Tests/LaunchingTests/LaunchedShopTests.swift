import Launching
import Testing
import Vocabulary

@Suite("A launch in the yarn shop, where only A dares to show a new range")
struct LaunchedShopTests {
    private func readings(isPooled: Bool) async -> [LaunchReading] {
        await withTaskGroup(of: (UInt64, LaunchReading).self) { group in
            for seed in UInt64(1)...20 {
                group.addTask {
                    (seed, LaunchedShop(seed: seed, isPooled: isPooled).run())
                }
            }
            var found: [(UInt64, LaunchReading)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    @Test("With pooled data B catches up, and the verdict says that it learned from A: 20 seeds")
    func pooled() async throws {
        for (index, reading) in await readings(isPooled: true).enumerated() {
            let metric = reading.metrics[0]
            let words = "seed \(index + 1): \(metric.verdict.text)"
            #expect(metric.verdict.text.hasPrefix("B learned from A"), "\(words)")
            #expect(metric.candidate?.direction == .up, "\(words)")
            #expect(metric.production?.direction == .up, "\(words)")
            let between = try #require(metric.between)
            #expect(between.low <= 0 && between.high >= 0, "\(words), A - B \(between.text)")
        }
    }

    @Test("With data kept apart A stays ahead of B, which is as C: 20 seeds")
    func apart() async throws {
        for (index, reading) in await readings(isPooled: false).enumerated() {
            let metric = reading.metrics[0]
            let words = "seed \(index + 1): \(metric.verdict.text)"
            #expect(metric.verdict.cause == .candidateBetter, "\(words)")
            #expect(metric.between?.direction == .up, "\(words)")
            #expect(metric.production?.direction != .up, "\(words)")
            #expect(reading.mixing.share(of: .production, servedBy: .candidate) == 0)
        }
    }
}
