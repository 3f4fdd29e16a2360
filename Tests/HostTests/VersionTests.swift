import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("What going on with learning is worth")
struct VersionTests {
    private func versions(
        _ bench: RehearsalBench, last: Span, _ named: [CheckpointID] = []
    ) throws -> VersionReport {
        try StateReading(bench.path, world: .local).versions(
            of: try bench.open().models[0].engine.settings, named: named, last: last,
            course: RehearsalCourse(clock: LocalClock()))
    }

    private func checkpoint(
        _ bench: RehearsalBench, at cursor: UInt64
    ) throws -> CheckpointReport {
        let known = try StateReading(bench.path, world: .local).checkpoints(of: nil)
        return try #require(known.first { $0.cursor == cursor })
    }

    @Test("What goes on is what learned: its loss on the stretch is that between two checkpoints")
    func goingOn() throws {
        let bench = try RehearsalBench(.none)
        try bench.grow(to: 5000)
        try bench.grow(to: 6000)
        let report = try versions(bench, last: .seconds(1000 * 20))
        let (before, after) = (try checkpoint(bench, at: 5000), try checkpoint(bench, at: 6000))
        let expected =
            6 * (after.metrics.logLoss ?? .nan) - 5 * (before.metrics.logLoss ?? .nan)
        #expect(report.examples == 1000)
        #expect(report.from == RehearsalBench.instant(5000) - Span(microseconds: 19_999_999))
        #expect(abs(report.goingOn.logLoss - expected) < 1e-9)
        #expect(report.versions.first?.checkpoint == before.id)
    }

    @Test("Versions of all ages, none of which met the stretch, whose parts make up the whole")
    func ages() throws {
        let bench = try RehearsalBench(.none)
        for count in stride(from: 500, through: 3500, by: 500) { try bench.grow(to: count) }
        try bench.effect(.makeGolden)
        try bench.grow(to: 5500)
        let report = try versions(bench, last: .hours(10))
        // The newest, one before it, three before it, and the oldest.
        #expect(report.versions.map(\.checkpoint.number) == [7, 6, 4, 1])
        for version in report.versions {
            #expect(version.learnedUntil < report.from)
            let excess = try #require(version.excess)
            let gap = version.figures.logLoss - report.goingOn.logLoss
            #expect(abs(excess.mean - gap) < 1e-12 && excess.low < gap && gap < excess.high)
            #expect(version.figures.goldenLoss != nil && version.figures.calibration != nil)
        }
        let ages = report.versions.map(\.ageSeconds)
        #expect(ages == ages.sorted() && Set(ages).count == ages.count)
        #expect(report.parts.map(\.examples).reduce(0, +) == report.examples)
        for (index, version) in report.versions.enumerated() {
            let sum = report.parts.reduce(0) { sum, part in
                sum + Double(part.examples) * (part.versions[index] ?? 0)
            }
            #expect(abs(sum / Double(report.examples) - version.figures.logLoss) < 1e-9)
        }
        #expect(try versions(bench, last: .hours(10)) == report)
    }

    @Test("In a world that stays as it is nothing is found; where it changes, what going on brings")
    func worth() throws {
        let steady = try RehearsalBench(.none)
        try steady.grow(to: 5400)
        let changed = try RehearsalBench(.harder)
        try changed.grow(to: 5400)
        for (bench, isWorthIt) in [(steady, false), (changed, true)] {
            let report = try versions(bench, last: .seconds(900 * 20))
            let excess = try #require(report.versions.first?.excess)
            #expect(excess.low <= excess.high && (excess.low > 0) == isWorthIt, "\(excess)")
            let words = isWorthIt ? "going on with learning was worth" : "no difference can be told"
            #expect(report.verdict.hasPrefix(words), "\(report.verdict)")
        }
    }

    @Test("What training leaves out is no part of it")
    func leftOut() throws {
        let bench = try RehearsalBench.incident.get().copy()
        let whole = try versions(bench, last: .hours(10))
        let purged = RehearsalBench.selection(RehearsalBench.window)
        let effect = try bench.effect(.purge(.leaveOut(purged)))
        let rest = try versions(bench, last: .hours(10))
        #expect(rest.examples == whole.examples - Int(effect.examples ?? 0))
        #expect(rest.examples < whole.examples)
        #expect(rest.goingOn.logLoss < whole.goingOn.logLoss)
    }

    @Test("A version that met the stretch, or is not there, is refused by its name")
    func refused() throws {
        let bench = try RehearsalBench(.none)
        try bench.grow(to: 1000)
        let newest = try bench.newest()
        func refusal(last: Span, _ named: [CheckpointID]) -> String {
            do {
                return "\(try versions(bench, last: last, named))"
            } catch {
                return "\(error)"
            }
        }
        let met = refusal(last: .hours(1), [newest.id])
        #expect(met.contains("\(newest.id) learned until"), "\(met)")
        let missing = CheckpointID(model: newest.model, number: 4711)
        #expect(refusal(last: .hours(1), [missing]).contains("there is no checkpoint \(missing)"))
        let all = refusal(last: .days(30), [])
        #expect(all.contains("every checkpoint that is kept has learned of the stretch"), "\(all)")
    }
}
