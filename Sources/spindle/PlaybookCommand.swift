import ArgumentParser
import Drilling

/// `spindle playbook`.
struct PlaybookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook",
        abstract: "What to do about an alarm, step by step.",
        discussion: "Without an alarm: all pages. A file playbooks/ALARM.md in the state directory "
            + "goes before the page that comes with the program.")

    @Argument(help: "The name of an alarm, such as labels_stalled.")
    var alarm: String?

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var pages: [PlaybookShelf.Page]
    }

    func run() throws {
        guard let alarm else {
            if options.json { return try Output.json(Listing(pages: PlaybookShelf.shipped)) }
            let rows = PlaybookShelf.shipped.map { [$0.title, $0.alarms.joined(separator: ", ")] }
            return Output.table(["page", "alarms"], rows)
        }
        guard let page = try PlaybookShelf(of: options.folder).page(for: alarm) else {
            throw Failure(.wrongUse, "no page is for \(alarm); spindle playbook lists them")
        }
        if options.json { return try Output.json(page) }
        print(page.text)
    }
}
