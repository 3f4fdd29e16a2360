import ArgumentParser
import Console
import Drilling
import Foundation
import Host
import Operation
import Vocabulary
import World

/// `spindle snapshot`.
struct PictureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "A screen of the console as a picture: text, ANSI or SVG.",
        discussion: "For notes, reports and pages. Shows what a console would show now.")

    /// What the picture is written as.
    enum Form: EnumerableFlag {
        case text
        case ansi
        case svg

        static func help(for value: Form) -> ArgumentHelp? {
            switch value {
            case .text: "The characters alone (default)."
            case .ansi: "With the colours of a terminal: for cat and less -R."
            case .svg: "Scalable Vector Graphics."
            }
        }
    }

    @Argument(
        help: ArgumentHelp(
            "A screen: \(Screen.allCases.map { $0.title.lowercased() }.joined(separator: ", ")).",
            valueName: "screen"))
    var screen: String

    @Flag(exclusivity: .exclusive) var form: Form = .text

    @Option(help: ArgumentHelp("Columns and rows, from 60x15 to 500x200.", valueName: "WxH"))
    var size = "120x40"

    @Option(help: "The model that is shown; default: the one with the worst alarm.")
    var model: String?

    @Option(help: "How long a time charts show, from 15m to 30d.")
    var last = "24h"

    @Option(help: ArgumentHelp("Write it there.", valueName: "file"))
    var to: String?

    @OptionGroup var look: LookOptions
    @OptionGroup var options: StateOptions

    func validate() throws {
        guard chosen != nil else {
            throw ValidationError("screen: expected one of those of the console, found \(screen).")
        }
        guard cells != nil else {
            throw ValidationError("--size: expected columns and rows such as 120x40.")
        }
        guard charts != nil else {
            throw ValidationError("--last: expected 15m to 30d, found \(last).")
        }
    }

    private var chosen: Screen? {
        Screen.allCases.first { $0.title.lowercased() == screen.lowercased() }
    }

    private func practice() throws -> ReadinessAnswer {
        let settings = try options.configuration().models
        return try ReadinessAnswer(settings, in: options.folder, at: WallClock.now())
    }

    /// The charts of the console that show so much.
    private var charts: ChartView? { Span(text: last).flatMap { ChartView(showing: $0) } }

    private var cells: ScreenSize? {
        let parts = size.split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, (60...500).contains(parts[0]), (15...200).contains(parts[1]) else {
            return nil
        }
        return ScreenSize(width: parts[0], height: parts[1])
    }

    func run() throws {
        guard let chosen, let cells, let charts else {
            throw Failure(.wrongUse, "screen, size or last")
        }
        let theme = try look.chosen()
        let snapshot = try options.withEngine(
            { try $0.snapshot(full: true, charts: charts.span) },
            atRest: { Acts.snapshotAtRest($0).showing(charts.span) })
        var state = ViewState(actor: StateOptions.actor)
        state.charts = charts
        if chosen == .drills { state.show(try practice()) }
        state.screen = chosen
        if let model {
            guard let known = snapshot.models.first(where: { $0.name.text == model }) else {
                throw Failure(.wrongUse, "there is no model \(model)")
            }
            state.selectedModel = known.name
        }
        let link = LinkView(snapshot: snapshot, age: .zero, isConnected: true, isAttached: true)
        let canvas = Scene.canvas(
            of: state, at: ConsoleMoment(link: link, now: .zero, size: cells), charset: .unicode)
        let title =
            "Spindle, \(chosen.title.lowercased()) screen, \(snapshot.takenAt.rfc3339)"
        let picture =
            switch form {
            case .text: canvas.text
            case .ansi: canvas.ansi(in: theme)
            case .svg: canvas.svg(in: theme, title: title)
            }
        guard let to else { return print(picture, terminator: "") }
        try LocalDisk().replace(to, with: Array(picture.utf8))
    }
}
