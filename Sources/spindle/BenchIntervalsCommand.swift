import ArgumentParser
import Drilling
import Launching

/// `spindle bench intervals`.
struct BenchIntervalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intervals",
        abstract: "Launch over made-up units, and see whether intervals keep what they promise.",
        discussion: "False wins among like arms however often one looks, misses of a true effect, "
            + "and how long it takes to find one, beside a test with one planned look. Exit status "
            + "1 if more than one in twenty wins falsely or misses.")

    @Option(help: "How many launches of each kind.")
    var launches = 400

    @Option(help: "How often each is looked at.")
    var looks = 100

    @Option(help: "The seed.")
    var seed: UInt64 = 0

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    func validate() throws {
        guard (20...100_000).contains(launches) else {
            throw ValidationError("--launches: expected 20 to 100000, found \(launches).")
        }
        guard (1...10_000).contains(looks) else {
            throw ValidationError("--looks: expected 1 to 10000, found \(looks).")
        }
    }

    private struct Report: Encodable {
        struct Trial: Encodable {
            var trial: String
            var failed: Int
            var launches: Int
            var allowed: Int
        }

        struct Effect: Encodable {
            var effect: Double
            var fixedCount: Double
            var foundByCount: [Double]
            var median: Double?
            var least: Double?
            var fixedFound: Double

            init(_ times: DetectionTimes) {
                (effect, fixedCount) = (times.effect, times.fixedCount)
                (foundByCount, fixedFound) = (times.sharesFound, times.fixedFound)
                (median, least) = (
                    times.times.isEmpty ? nil : times.times[times.times.count / 2],
                    times.times.first
                )
            }
        }

        var seed: UInt64
        var looks: Int
        var trials: [Trial]
        var effects: [Effect]
    }

    func run() throws {
        let trial = IntervalTrial(launches: launches, looks: looks, seed: seed)
        func row(_ name: String, _ failed: Int) -> Report.Trial {
            Report.Trial(
                trial: name, failed: failed, launches: launches, allowed: trial.allowed)
        }
        let trials =
            LaunchMetric.Kind.allCases.map { kind in
                row("false wins, \(kind.rawValue)", trial.falseWins(kind))
            }
            + [row("misses of +30 %", trial.misses())]
        let effects = [0.1, 0.2, 0.4].map { effect in
            Report.Effect(
                DetectionTimes(
                    effect: effect, launches: effect < 0.2 ? launches / 6 : launches / 2,
                    seed: seed &* 1_000_003))
        }
        let report = Report(seed: seed, looks: looks, trials: trials, effects: effects)
        if json { try Output.json(report) } else { show(report) }
        if trials.contains(where: { $0.failed > $0.allowed }) { throw ExitCode(1) }
    }

    private func show(_ report: Report) {
        Output.table(
            ["trial", "failed", "allowed"],
            report.trials.map {
                [$0.trial, "\($0.failed) of \($0.launches)", "\($0.allowed)"]
            })
        func part(_ share: Double) -> String { Output.figure(share * 100, digits: 0) + " %" }
        func count(_ value: Double?) -> String { value.map { Output.figure($0, digits: 0) } ?? "-" }
        Output.table(
            [
                "effect", "one look: n per arm", "found by n", "by 1.5 n", "by 2 n",
                "median of found", "least", "one look found",
            ],
            report.effects.map { row in
                ["+" + part(row.effect), count(row.fixedCount)] + row.foundByCount.map(part)
                    + [count(row.median), count(row.least), part(row.fixedFound)]
            })
    }
}
