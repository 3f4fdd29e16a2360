import ArgumentParser
import Host
import Operation
import Vocabulary

/// `spindle erase`.
struct EraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Take a person's records out of the logs and out of the model, for good.",
        discussion: "Where no engine runs. Examples are named by their ids, or found as a purge "
            + "finds them; each goes with its labels. What goes is overwritten in both logs and "
            + "taken from quarantine and the golden set; the learner becomes what it were if it "
            + "had never met it, and checkpoints that have are removed. Neither ids nor conditions "
            + "are kept: name nobody in the reason.")

    @Option(
        name: .customLong("id"), parsing: .singleValue,
        help: ArgumentHelp("The id of an example; as often as needed.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var window: WindowOptions

    @OptionGroup var act: ActOptions

    func run() throws {
        guard !ids.isEmpty || !window.isEmpty else {
            throw Failure(
                .wrongUse, "whose records? --id ID, or --where NAME=VALUE, --source, --segment")
        }
        try act.perform(.purge(.erase(ErasureOrder(ids: ids, selection: try selection()))))
    }

    /// Nil where only ids were given; of all times unless a window is given.
    private func selection() throws -> ExampleSelection? {
        guard !window.isEmpty else { return nil }
        let order: PurgeOrder
        do {
            order = try ActBody(
                from: window.from ?? Instant.earliest.rfc3339,
                to: window.to ?? Instant.latest.rfc3339, source: window.source,
                segment: window.segment, where: window.conditions, undo: nil
            ).purgeOrder()
        } catch {
            throw Failure(.wrongUse, "\(error)")
        }
        guard case .leaveOut(let selection) = order else { return nil }
        return selection
    }
}
