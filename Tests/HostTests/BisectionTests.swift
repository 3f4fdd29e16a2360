import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("Bisection")
struct BisectionTests {
    private typealias Bench = RehearsalBench
    private let onset = RehearsalBench.instant(RehearsalBench.window.lowerBound)
    private let end = RehearsalBench.instant(RehearsalBench.window.upperBound)

    private func bisect(
        _ bench: Bench, _ change: (inout RehearsalQuery) -> Void = { _ in }
    ) throws -> BisectionReport {
        let report = try bench.rehearse { query in
            query.bisects = true
            change(&query)
        }
        #expect(report.incident == nil)
        return try #require(report.bisection)
    }

    @Test("Of four sources and two segments it names the one that was turned over, and when")
    func names() throws {
        let bench = try Bench.incident.get().copy()
        let found = try bisect(bench)
        let window = try #require(found.window, "\(found)")
        #expect(window.source == Bench.badSource && window.segment == nil, "\(found.text)")
        #expect(abs((window.from - onset).seconds) <= 3600, "\(found.text)")
        #expect(abs((window.to - end).seconds) <= 5400, "\(found.text)")
        #expect(try #require(found.harm).low > 0)
        let (good, bad) = (try #require(found.goodLoss).mean, try #require(found.badLoss).mean)
        let repaired = try #require(found.repairedLoss).mean
        #expect(repaired < good + 0.4 * (bad - good), "\(found)")
        #expect(found.trials.count > 8)
    }

    @Test("A purge of what it found leads to the very learner that it foretold")
    func leadsThere() throws {
        let bench = try Bench.incident.get().copy()
        let found = try bisect(bench)
        let done = try bench.effect(.purge(.leaveOut(try #require(found.window))))
        #expect(done.examples == found.examples)
        #expect(try bench.newest().learnerDigest == found.learnerDigest)
    }

    @Test("It names the last checkpoint that met none of it, and the first that has")
    func checkpoints() throws {
        let bench = try Bench.incident.get().copy()
        let all = try StateReading(bench.path, world: .local).checkpoints(of: nil)
        let found = try bisect(bench)
        let window = try #require(found.window)
        // One label comes with each example, so an entry's place is its index.
        let first = (0..<Bench.count).first { index in
            Bench.instant(index) >= window.from && index >= Bench.window.lowerBound - 90
        }
        let met = UInt64(try #require(first))
        let good = try #require(all.first { $0.id == found.lastGood })
        let bad = try #require(all.first { $0.id == found.firstBad })
        #expect(good.cursor <= met + 4 && bad.cursor > met)
        #expect(bad.id.number == good.id.number + 1)
    }

    @Test("Without an onset a good checkpoint that is named is begun at")
    func withoutOnset() throws {
        let bench = try Bench.incident.get().copy()
        let good = try #require(try bisect(bench).good)
        let named = try bisect(bench) { ($0.since, $0.good) = (nil, good.description) }
        #expect(named.good == good && named.window?.source == Bench.badSource, "\(named)")
        #expect(throws: ActRefusal.self) {
            try bisect(bench) { ($0.since, $0.good) = (nil, "m-000999") }
        }
    }

    @Test("Where nothing did harm, or all of it did alike, it says so and names nobody")
    func cannotTell() throws {
        let clean = try Bench(.none)
        try clean.meetIncident()
        for since in [onset, nil] {
            let found = try bisect(clean) { $0.since = since }
            #expect(found.window == nil && found.text.hasPrefix("cannot tell"), "\(found)")
        }
        let harder = try Bench(.harder)
        try harder.meetIncident()
        let found = try bisect(harder)
        #expect(found.window?.source == nil && found.window?.segment == nil, "\(found)")
    }

    @Test("The same log gives the same report, and nothing of the model is touched")
    func deterministic() throws {
        let bench = try Bench.incident.get().copy()
        let before = try bench.files()
        #expect(try bisect(bench) == bisect(bench))
        #expect(try bench.files() == before)
    }
}
