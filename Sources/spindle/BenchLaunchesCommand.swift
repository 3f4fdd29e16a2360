import ArgumentParser
import Drilling
import Foundation
import Launching
import World

/// `spindle bench launches [CASE…]`.
struct BenchLaunchesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launches",
        abstract: "Launch in yarn shops of which the truth is known, and see what verdicts say.",
        discussion: "Cases: "
            + LaunchTruth.allCases.map(\.rawValue).joined(separator: ", ")
            + ". Each seed plays two weeks on the real engine. Exit status 1 if a verdict is wrong."
    )

    @Argument(help: "The cases; all of them without any.")
    var cases: [String] = []

    @Option(help: "How many seeds.")
    var seeds = 20

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    @Flag(help: "Print one JSON object on standard output, looks included, and nothing else there.")
    var json = false

    func validate() throws {
        for name in cases where LaunchTruth(rawValue: name) == nil {
            throw ValidationError("There is no case \(name).")
        }
        guard (1...1000).contains(seeds) else {
            throw ValidationError("--seeds: expected 1 to 1000, found \(seeds).")
        }
        guard first < 1 << 32 else {
            throw ValidationError("--first: expected 0 to \((1 << 32) - 1), found \(first).")
        }
    }

    private struct Row: Encodable {
        var truth: String
        var expected: String
        var trials: [LaunchTrialRecord]
    }

    func run() throws {
        let truths = cases.isEmpty ? LaunchTruth.allCases : cases.compactMap(LaunchTruth.init)
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/spindle-bench-launches-\(ThisProcess.id)"
        var rows = truths.map { truth in
            Row(truth: truth.rawValue, expected: truth.expected.rawValue, trials: [])
        }
        for seed in first..<first + UInt64(seeds) {
            try TemporaryFolder.using(folder) {
                for (index, truth) in truths.enumerated() {
                    let trial = try LaunchTrial(truth, seed: seed).run(in: folder)
                    rows[index].trials.append(trial)
                    note(trial)
                }
            }
        }
        if json { try Output.json(rows) } else { show(rows) }
        if rows.contains(where: { $0.trials.contains { !$0.isRight } }) { throw ExitCode(1) }
    }

    /// It takes long: each trial is told when it is over.
    private func note(_ trial: LaunchTrialRecord) {
        let after = trial.rightAfterHours.map { "right after \(Output.figure($0, digits: 0)) h" }
        let text =
            "\(trial.truth), seed \(trial.seed): \(trial.looks.last?.verdict ?? "no look"); "
            + (after ?? "WRONG")
        FileHandle.standardError.write(Foundation.Data((text + "\n").utf8))
    }

    private func show(_ rows: [Row]) {
        Output.table(
            ["case", "verdict expected", "right", "after (median)", "least", "most", "otherwise"],
            rows.map { row in
                let hours = row.trials.compactMap(\.rightAfterHours).sorted()
                func text(_ hours: Double?) -> String {
                    hours.map { Output.figure($0, digits: 0) + " h" } ?? "-"
                }
                return [
                    row.truth, row.expected, "\(hours.count) of \(row.trials.count)",
                    text(hours.isEmpty ? nil : hours[hours.count / 2]), text(hours.first),
                    text(hours.last), otherwise(row.trials),
                ]
            })
    }

    /// Last verdicts that are not the truth, and verdicts on the way that blamed somebody else.
    private func otherwise(_ trials: [LaunchTrialRecord]) -> String {
        var words: [String] = []
        for trial in trials {
            if !trial.isRight {
                words.append("\(trial.seed) ends \(trial.looks.last?.cause.rawValue ?? "-")")
            }
            for cause in trial.wrongCauses where cause != trial.looks.last?.cause {
                words.append("\(trial.seed) was \(cause.rawValue)")
            }
        }
        return words.isEmpty ? "-" : words.joined(separator: ", ")
    }
}
