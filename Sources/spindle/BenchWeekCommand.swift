import ArgumentParser
import Bench
import Foundation
import World

/// `spindle bench week`.
struct BenchWeekCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "week",
        abstract: "Play the yarn shop for simulated days at full speed, and watch the memory.",
        discussion: "Exit status 1 if memory is not flat once its bounded parts have come into use."
    )

    @Option(help: "Simulated days.")
    var days = 7

    @Option(help: "The shop's seed.")
    var seed: UInt64 = 1

    @Option(
        name: .customLong("remembered-ids"),
        help: "How many ids the join remembers, in place of what the model is given.")
    var rememberedIDs: Int?

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    func validate() throws {
        guard (1...366).contains(days) else {
            throw ValidationError("--days: expected 1 to 366, found \(days).")
        }
        if let rememberedIDs, !(1024...1 << 27).contains(rememberedIDs) {
            throw ValidationError(
                "--remembered-ids: expected 1024 to \(1 << 27), found \(rememberedIDs).")
        }
    }

    func run() throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/spindle-bench-week-\(ThisProcess.id)"
        let week = WeekRun(
            folder: folder, days: days, seed: seed, rememberedIDs: rememberedIDs)
        let report = try TemporaryFolder.using(folder) { try week.run() }
        if json { try Output.json(report) } else { show(report) }
        if report.isFlat == false { throw ExitCode(1) }
    }

    private func show(_ report: WeekReport) {
        let most = report.hours.map(\.residentMebibytes).max() ?? 1
        for hour in report.hours where hour.hour % 6 == 0 {
            let length = Int((hour.residentMebibytes / most * 50).rounded())
            let place = "day \((hour.hour - 1) / 24 + 1), hour \((hour.hour - 1) % 24 + 1)"
            print(
                place.padding(toLength: 16, withPad: " ", startingAt: 0)
                    + String(
                        format: "%7.1f MiB %10d trained  ", hour.residentMebibytes, hour.trained)
                    + String(repeating: "#", count: length))
        }
        let growth = report.growth.map { Output.figure($0 * 100, digits: 1) + " %" } ?? "-"
        print(
            "day \(report.warmUpDays + 1): "
                + "\(Output.figure(report.warmMebibytes, digits: 1)) MiB, last day: "
                + "\(Output.figure(report.lastDayMebibytes, digits: 1)) MiB, growth \(growth), "
                + "at most \(Output.figure(report.growthMax * 100, digits: 0)) %: "
                + (report.isFlat.map { $0 ? "flat" : "NOT FLAT" } ?? "not judged")
                + "; \(Output.figure(report.wallSeconds, digits: 1)) s")
    }
}
