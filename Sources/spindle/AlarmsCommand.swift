import ArgumentParser
import Host
import Operation
import Vocabulary
import World

/// `spindle alarms`.
struct AlarmsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms", abstract: "List every alarm that was raised, oldest first.",
        discussion: "Times are those of the events. Onset is when what is wrong likely began.")

    @Argument(help: "One model only.")
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Only those that were open at this moment of event time or later.", valueName: "time"))
    var since: String?

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var alarms: [AlarmRecord]
    }

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        let name = try modelName(model)
        try reading.check(name)
        let alarms = try reading.journal.alarms(of: name, since: instant(since))
        if options.json { return try Output.json(Listing(alarms: alarms)) }
        Output.table(
            ["ALARM", "SEVERITY", "NAME", "FEATURE", "SEGMENT", "ONSET", "RAISED", "RESOLVED", ""],
            alarms.map { alarm in
                [
                    alarm.id, alarm.severity.rawValue, alarm.name, alarm.feature ?? "-",
                    alarm.segment ?? "-", alarm.onset, alarm.raised, alarm.resolved ?? "open",
                    alarm.text,
                ]
            })
    }
}
