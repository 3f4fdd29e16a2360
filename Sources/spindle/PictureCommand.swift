import ArgumentParser
import Console
import Drilling
import Foundation
import Host
import Operation
import Theming
import Vocabulary
import World

/// `spindle snapshot`.
struct PictureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "A screen of the console as a picture: text, ANSI or SVG.",
        discussion: "For notes, reports and pages. Shows what a console would show now; with "
            + "--fleet, --file or --host what one over those engines would.")

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
            "A screen: \(Screen.titles).", valueName: "screen"))
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

    @Flag(help: "Of the user's fleet, as in `spindle fleet`.")
    var fleet = false

    @Option(help: ArgumentHelp("Of the engines that are listed there.", valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp(
            "Of the engine on another host, through ssh; --state is a folder there. Several make "
                + "a fleet."))
    var host: [String] = []

    @Option(help: "The engine of these that is looked at; default: the one with the worst alarm.")
    var engine: String?

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
        guard host.isEmpty || !isOfList else {
            throw ValidationError("--host names the engines, and so does a fleet's list.")
        }
        guard engine == nil || isOfList || !host.isEmpty else {
            throw ValidationError("--engine is one of those of --fleet, --file or --host.")
        }
    }

    private var chosen: Screen? { Screen(titled: screen) }

    private var isOfList: Bool { fleet || file != nil }

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
        var state = ViewState(actor: StateOptions.actor)
        state.charts = charts
        let link = try isOfList || !host.isEmpty ? lookAtFleet(&state) : lookAtOne(&state)
        state.screen = chosen
        if let model {
            guard let known = link.snapshot?.models.first(where: { $0.name.text == model }) else {
                throw Failure(.wrongUse, "there is no model \(model)")
            }
            state.selectedModel = known.name
        }
        let canvas = Scene.canvas(
            of: state, at: ConsoleMoment(link: link, now: .zero, size: cells), charset: .unicode)
        try write(canvas, chosen, at: link.snapshot?.takenAt ?? WallClock.now())
    }

    private func write(_ canvas: Canvas, _ chosen: Screen, at time: Instant) throws {
        let theme = try look.chosen()
        let title = "Spindle, \(chosen.title.lowercased()) screen, \(time.rfc3339)"
        let picture =
            switch form {
            case .text: canvas.text
            case .ansi: canvas.ansi(in: theme)
            case .svg: canvas.svg(in: theme, title: title)
            }
        guard let to else { return print(picture, terminator: "") }
        try LocalDisk().replace(to, with: Array(picture.utf8))
    }

    /// What a console on the state directory has, also where no engine runs.
    private func lookAtOne(_ state: inout ViewState) throws -> LinkView {
        let span = state.charts.span
        let snapshot = try options.withEngine(
            { try $0.snapshot(full: true, charts: span) },
            atRest: { Acts.snapshotAtRest($0).showing(span) })
        if chosen == .drills { state.show(try practice()) }
        return LinkView(snapshot: snapshot, age: .zero, isConnected: true, isAttached: true)
    }

    /// What a console over several engines has.
    private func lookAtFleet(_ state: inout ViewState) throws -> LinkView {
        let clients = try FleetClients(
            isOfList ? .listed(in: file) : .on(host, state: options.state), isConsole: false)
        defer { clients.close() }
        var link = LinkView(snapshot: nil, age: .zero, isConnected: true, isAttached: true)
        link.fleet = clients.look()
        guard let name = try chosenEngine(link, state), let client = clients[name] else {
            let faults = link.fleet.map { "\($0.name): \($0.fault ?? "no answer")" }
            throw Failure(.noEngine, faults.joined(separator: "; "))
        }
        link.engine = name
        link.snapshot = try client.snapshot(full: true, charts: state.charts.span)
        if chosen == .drills { state.show(try client.readReadiness()) }
        return link
    }

    /// Nil if none answers.
    private func chosenEngine(_ link: LinkView, _ state: ViewState) throws -> String? {
        let known = link.fleet.filter(\.isConnected)
        if let engine {
            guard let chosen = link.fleet.first(where: { $0.name == engine }) else {
                throw Failure(.wrongUse, "--engine: there is no engine \(engine)")
            }
            return chosen.isConnected ? engine : nil
        }
        if let model {
            let owner = known.first { engine in
                engine.snapshot?.models.contains { $0.name.text == model } ?? false
            }
            if let owner { return owner.name }
        }
        return state.fleetAlarms(link).first?.row.engine?.name ?? known.first?.name
    }
}
