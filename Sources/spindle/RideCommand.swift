import ArgumentParser
import Host
import Operation
import Vocabulary

/// `spindle ride-through`.
struct RideThroughCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ride-through",
        abstract: "Go on training through an event: smaller steps, guards, a deadline, a way back.",
        discussion: "Until its deadline, in event time, what is learned is learned with a share of "
            + "each step. A guard that trips stops training. A stopped model still needs a resume.")

    @Option(help: "What takes place; the reason, without it.")
    var event: String?

    @Option(help: ArgumentHelp("Ends at this event time.", valueName: "time"))
    var until: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Ends so long after the newest event: 12h.", valueName: "span"))
    var span: String?

    @Option(help: "What of each step is taken, above 0 and below 1; 0.1 without it.")
    var stepShare: Double?

    @Option(help: "Stops if an hour's log loss is above the day's worst by this share; 0.25.")
    var lossRise: Double?

    @Option(help: "Stops if a checkpoint's golden log loss rises by this share; 0.1.")
    var goldenRise: Double?

    @Option(help: "Stops if an hour's calibration leaves the day's range by this ratio; 1.25.")
    var calibrationRatio: Double?

    @Flag(help: "End it before its time.")
    var off = false

    @OptionGroup var act: ActOptions

    func run() throws {
        let order: RideOrder
        do {
            var body = ActBody(event: event, until: until, for: span, off: off)
            (body.stepShare, body.lossRise) = (stepShare, lossRise)
            (body.goldenRise, body.calibrationRatio) = (goldenRise, calibrationRatio)
            order = try body.rideOrder()
        } catch {
            throw Failure(.wrongUse, "\(error)")
        }
        try act.perform(.rideThrough(order))
    }
}
