import ArgumentParser
import Console
import Foundation
import Host
import Monitoring
import Operation
import Vocabulary
import World

/// `spindle playbook`.
struct PlaybookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook",
        abstract: "What to do about an alarm, step by step.",
        discussion: "Your own pages are files playbooks/NAME.md in the state directory, or in the "
            + "folder that playbooks names in the configuration. One of an alarm's name goes "
            + "before the page that comes with the program. In the console: b.",
        subcommands: [Show.self, Check.self, Tick.self], defaultSubcommand: Show.self)

    private static func shelf(_ options: StateOptions) throws -> PlaybookReport {
        PlaybookShelf(try options.configuration().playbooks, in: options.folder).read()
    }

    /// `spindle playbook ALARM`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "The page for an alarm; without one, all pages.")

        @Argument(help: "The name of an alarm, such as labels_stalled, or of a page.")
        var alarm: String?

        @OptionGroup var options: StateOptions

        private struct Listing: Encodable {
            var pages: [PlaybookPage]
            var faults: [String]
        }

        func run() throws {
            let report = try PlaybookCommand.shelf(options)
            for fault in report.faults {
                FileHandle.standardError.write(
                    Foundation.Data("spindle: \(Output.plain(fault))\n".utf8))
            }
            guard let alarm else {
                if options.json {
                    return try Output.json(Listing(pages: report.pages, faults: report.faults))
                }
                return Output.table(
                    ["page", "title", "alarms"],
                    report.pages.map { [$0.id, $0.title, $0.alarms.joined(separator: ", ")] })
            }
            guard let page = report.page(for: alarm) ?? report.page(alarm) else {
                throw Failure(.wrongUse, "no page is for \(alarm); spindle playbook lists them")
            }
            if options.json { return try Output.json(page) }
            print(page.text)
        }
    }

    /// `spindle playbook check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Check your own pages: titles, steps, keys and alarms.",
            discussion: "Ends with status 2 where a page cannot be used as it is.")

        @OptionGroup var options: StateOptions

        func run() throws {
            let report = try PlaybookCommand.shelf(options)
            var faults = report.faults
            let own = report.pages.filter { $0.file != nil }
            for page in own { faults += Self.doubts(page, beside: report.pages) }
            if let first = faults.first {
                for fault in faults.dropFirst() { Output.line(fault) }
                throw Failure(.wrongUse, first)
            }
            Output.line("\(own.count) pages of your own, all fine")
        }

        /// What a page names that there is not.
        private static func doubts(_ page: PlaybookPage, beside all: [PlaybookPage]) -> [String] {
            let file = page.file ?? page.id
            let shipped = all.filter { $0.file == nil }.flatMap(\.alarms)
            let known = Set(AlarmName.allCases.map(\.rawValue) + shipped)
            var doubts = page.alarms.filter { !known.contains($0) }.map {
                "\(file): there is no alarm \($0): the page is found by its own name alone"
            }
            for step in page.steps {
                guard let key = step.key, key.count == 1,
                    KeyMap.standard.command(named: key) == nil
                else { continue }
                doubts.append("\(file): step \(step.number): \(key) is no key of the console")
            }
            return doubts
        }
    }

    /// `spindle playbook tick`.
    struct Tick: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tick", abstract: "Say that a step is done, for all who look.")

        @Argument(help: "The model.")
        var model: String

        @Argument(help: "The name of an alarm, or of a page.")
        var alarm: String

        @Argument(help: "The step's number.")
        var step: Int

        @Flag(help: "It is not done after all.")
        var off = false

        @Flag(help: "Only say what would change.")
        var dryRun = false

        @OptionGroup var options: StateOptions

        func run() throws {
            guard let name = ModelName(model) else {
                throw Failure(.wrongUse, "\(model): expected the name of a model")
            }
            let report = try PlaybookCommand.shelf(options)
            guard let page = report.page(for: alarm) ?? report.page(alarm) else {
                throw Failure(.wrongUse, "no page is for \(alarm); spindle playbook lists them")
            }
            guard let task = page.steps.first(where: { $0.number == step }) else {
                throw Failure(.wrongUse, "\(page.id) has \(page.steps.count) steps")
            }
            let order = PlaybookStep(
                page: page.id, step: step, text: task.text, isDone: !off, alarm: nil)
            try options.perform(
                ActRequest(
                    act: .incident(.step(order)), scope: .model(name), reason: "",
                    isDryRun: dryRun, actor: StateOptions.actor))
        }
    }
}
