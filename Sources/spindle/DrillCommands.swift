import ArgumentParser
import Drilling
import Foundation
import Host
import Operation
import Terminal
import Vocabulary
import World

/// `spindle drill`.
struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Practise a crisis on a throw-away engine, and see the score.",
        discussion: "Without --respond: in the console, where you respond. The state directory "
            + "keeps the score cards; its own models are not touched.")

    @Argument(help: "A scenario's name, the path of a file, or: list.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "Respond by a file, as fast as possible; or \"known\", the scenario's own response, "
                + "or \"nothing\".", valueName: "file"))
    var respond: String?

    @Option(help: "The shop's seed.") var seed: UInt64 = 1
    @Option(help: "Event time over wall time in the console.") var speed = 120.0
    @Option(help: ArgumentHelp("Write the chart there, as SVG.", valueName: "file"))
    var svg: String?

    @Flag(
        help: "Rehearse once it is found, make every choice on a copy, and compare the two.")
    var checkRehearsal = false

    @OptionGroup var look: LookOptions
    @OptionGroup var options: StateOptions

    func validate() throws {
        guard !checkRehearsal || respond == nil && svg == nil else {
            throw ValidationError("--check-rehearsal takes neither --respond nor --svg.")
        }
        guard speed > 0, speed <= 1e6 else {
            throw ValidationError("--speed: expected more than 0, at most 1000000.")
        }
        guard seed <= UInt64(Int.max) else {
            throw ValidationError("--seed: expected at most \(Int.max).")
        }
    }

    func run() throws {
        if name == "list" { return try list() }
        let scenario = try ScenarioShelf.scenario(name)
        let plan = try respond.map { try self.plan($0, scenario) }
        try LocalDisk().makeFolder(options.folder)
        let ground = DrillGround(options.folder + "/drills", seed: seed)
        try LocalDisk().makeFolder(ground.folder)
        try DrillLease.sweep(ground.folder)
        let session = DrillSession(ground, scenario)
        if checkRehearsal { return try check(session) }
        let record: DrillRecord
        if let plan {
            record = try session.play(DrillOrder(scenario, plan: plan))
        } else {
            record = try DrillConsole(session, speed: speed).run(in: try look.skin())
        }
        guard record.hours.count > 2 else {
            throw Failure(.refused, "the drill was left before three hours of event time: no score")
        }
        try finish(session, record)
    }

    private func check(_ session: DrillSession) throws {
        let check = try session.checkRehearsal()
        if options.json {
            try Output.json(check)
        } else {
            RehearsalCheckText(check).print()
        }
        if !check.holds { throw ExitCode(1) }
    }

    private func plan(_ name: String, _ scenario: Scenario) throws -> ResponsePlan {
        switch name {
        case "known": return scenario.response
        case "nothing": return ResponsePlan()
        default:
            let bytes: [UInt8]
            do {
                bytes = try LocalDisk().read(name)
            } catch {
                throw Failure(.wrongUse, "\(error)")
            }
            return try ResponsePlan(toml: String(decoding: bytes, as: UTF8.self), file: name)
        }
    }

    private func finish(_ session: DrillSession, _ record: DrillRecord) throws {
        let references = try session.references()
        let card = session.score(
            record, references, by: ThisProcess.userName(of: ThisProcess.userID))
        try DrillBook(of: options.folder).add(card)
        let lines = [
            DrillChart.Line("this response", "o", colour: "#1b7837", record),
            DrillChart.Line("undisturbed", ".", colour: "#888888", references.undisturbed),
            DrillChart.Line("no response", "x", colour: "#b2182b", references.withoutResponse),
        ]
        if let svg {
            let picture = DrillChart.svg(lines, title: session.scenario.title)
            try LocalDisk().replace(svg, with: Array(picture.utf8))
        }
        if options.json { return try Output.json(card) }
        show(card, session.scenario)
        print(DrillChart.text(lines))
    }

    private func show(_ card: ScoreCard, _ scenario: Scenario) {
        Output.line("\(scenario.name): \(scenario.title)")
        func span(_ seconds: Double?) -> String {
            seconds.map { Span.seconds(Int($0)).text } ?? "never"
        }
        Output.rows([
            ["found", span(card.detectSeconds) + (card.foundBy.map { " by \($0)" } ?? "")],
            ["first act", span(card.acknowledgeSeconds)],
            ["mitigated", span(card.mitigateSeconds)],
            ["its alarms over", span(card.overSeconds)],
            ["open in the end", (card.stillOpen ?? []).joined(separator: ", ")],
        ])
        print("")
        var rows = [
            damage("this response", card.damage), damage("no response", card.withoutResponse),
        ]
        if let best = card.best { rows.append(damage("the known response", best)) }
        Output.table(
            ["damage", "lost purchases", "lost revenue", "excess log loss", "at the end"], rows)
        print("")
        for moment in card.alarms { Output.line(line("alarm", moment)) }
        for moment in card.acts { Output.line(line("act", moment)) }
        for moment in card.refusals { Output.line(line("refused", moment)) }
        print("")
    }

    private func damage(_ name: String, _ damage: ScoreCard.Damage) -> [String] {
        [
            name, "\(damage.lostPurchases)",
            Output.figure(Double(damage.lostRevenueCents) / 100, digits: 2),
            Output.figure(damage.excessLogLoss) + " nats",
            Output.figure(damage.finalShare * 100, digits: 0) + " %",
        ]
    }

    private func line(_ kind: String, _ moment: DrillRecord.Moment) -> String {
        let after = (moment.at - DrillGround.start).text
        return "\(after)  \(kind) \(moment.what): \(moment.text)"
    }

    private struct Listing: Encodable {
        struct Item: Encodable {
            var name: String
            var title: String
            var hours: Double
            var foundBy: [String]
            @ExplicitNull var lastDrill: Instant?
        }

        var drills: [Item]
    }

    private func list() throws {
        let cards = try DrillBook(of: options.folder).cards()
        let items = try ScenarioShelf.shipped().map { scenario -> Listing.Item in
            let last = cards.last { $0.scenario == scenario.name }?.at
            return Listing.Item(
                name: scenario.name, title: scenario.title,
                hours: scenario.length.seconds / 3600, foundBy: scenario.foundBy,
                lastDrill: ExplicitNull(wrappedValue: last))
        }
        if options.json { return try Output.json(Listing(drills: items)) }
        let rows = items.map { item -> [String] in
            let last: String = item.lastDrill.map { String($0.rfc3339.prefix(10)) } ?? "never"
            return [item.name, "\(Int(item.hours))h", last, item.title]
        }
        Output.table(["drill", "takes", "last", "what happens"], rows)
    }
}

/// A check of a rehearsal in lines.
private struct RehearsalCheckText {
    private let check: RehearsalCheck

    init(_ check: RehearsalCheck) { self.check = check }

    func print() {
        let after = Span.seconds(Int(check.afterSeconds)).text
        Output.line(
            "\(check.scenario), rehearsed after \(after)"
                + (check.foundBy.map { ", found by \($0)" } ?? ", found by nothing"))
        Output.line(check.basis)
        Output.line("window \(check.window.text)")
        Swift.print("")
        Output.table(
            ["choice", "", "golden loss", "calibration", "examples lost", "behind", "takes"],
            check.choices.flatMap { choice in
                [row(choice.response.words, "said", choice.predicted), came(choice)]
            })
        Swift.print("")
        Output.line(
            "said and came differ by \(Output.figure(check.miss * 100, digits: 2)) % at most: "
                + (check.holds ? "it holds" : "IT DOES NOT HOLD"))
    }

    private func came(_ choice: RehearsalCheck.Choice) -> [String] {
        guard let done = choice.done else {
            return ["", choice.reason ?? "not made", "", "", "", "", ""]
        }
        return row(choice.isSameLearner ? "the same learner" : "", "came", done)
    }

    private func row(_ name: String, _ which: String, _ figures: RehearsalCheck.Figures) -> [String]
    {
        func figure(_ value: Double?, digits: Int = 4) -> String {
            value.map { Output.figure($0, digits: digits) } ?? "-"
        }
        return [
            name, which, figure(figures.goldenLoss), figure(figures.calibration),
            figures.examplesLost.map { "\($0)" } ?? "-",
            figures.stalenessSeconds.map { Span.seconds(Int($0)).text } ?? "-",
            figure(figures.seconds, digits: 2) + " s",
        ]
    }
}

/// A drill in the console: the real engine on a throw-away state directory, in this process.
private struct DrillConsole {
    private let state: StateFolder
    private let feed: DrillFeed
    private let host: EngineHost
    private let doors: Doors
    private let path: String

    init(_ session: DrillSession, speed: Double) throws {
        FileHandle.standardError.write(
            Foundation.Data("Opening the shop of the drill: some seconds.\n".utf8))
        let order = DrillOrder(session.scenario)
        let path = try session.ground.copy(
            as: "\(session.scenario.name)-\(ThisProcess.id)", speed: speed)
        self.path = path
        var world = HostWorld.serving
        world.drill = order.report
        let state = try StateFolder(path, world: world, mayCreate: true) { text in
            try SpindleConfiguration(toml: text ?? "", file: path + "/spindle.toml")
        }
        self.state = state
        try DrillLease.take(order.report, in: path)
        feed = try DrillFeed(order, on: state)
        host = EngineHost(state)
        doors = Doors(DoorSettings(), desk: state.desk)
        doors.attach(host)
        try doors.listen(onSocket: StateFolder.socketPath(in: path))
    }

    /// Returns once the console is left, with what happened.
    func run(in skin: Skin) throws -> DrillRecord {
        let (host, state, feed) = (host, state, DrillFeedBox(feed: feed))
        let pager = Pager(host, of: state) { _ in }
        pager.start()
        let done = DispatchSemaphore(value: 0)
        let box = StateBox(state: state)
        let thread = Thread {
            do {
                try host.run(box.state, feeds: [feed.feed])
            } catch {
                FileHandle.standardError.write(Foundation.Data("spindle: \(error)\n".utf8))
            }
            done.signal()
        }
        thread.name = "engine"
        thread.stackSize = 8 << 20
        thread.start()
        let link = InProcessLink(host, actor: StateOptions.actor)
        _ = TerminalConsole(
            link: link, actor: StateOptions.actor, skin: skin, keyboard: UserKeys.keyboard()
        ).run()
        host.end()
        done.wait()
        pager.end()
        try doors.close()
        let record = feed.feed.record
        try DrillGround.remove(path)
        return record
    }
}

/// What the engine's thread alone uses until it has ended.
private struct DrillFeedBox: @unchecked Sendable {
    let feed: DrillFeed
}

private struct StateBox: @unchecked Sendable {
    let state: StateFolder
}

/// `spindle readiness`.
struct ReadinessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readiness",
        abstract: "Which failure has a detector, and when it was last practised.",
        discussion: "Exit status 1 if a failure is found by nothing.")

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var models: [Readiness]
    }

    func run() throws {
        let settings = try options.configuration().models
        let all = try ReadinessAnswer(settings, in: options.folder, at: WallClock.now()).models
        if options.json {
            try Output.json(Listing(models: all))
        } else {
            for readiness in all { show(readiness) }
        }
        if all.contains(where: { !$0.uncovered.isEmpty }) { throw ExitCode(1) }
    }

    private func show(_ readiness: Readiness) {
        Output.line("\(readiness.model): readiness \(Output.figure(readiness.score, digits: 0)) %")
        Output.table(
            ["failure", "found by", "last drill", "score"],
            readiness.modes.map { mode -> [String] in
                let drill: String? = mode.lastDrill.map { at in
                    String(at.rfc3339.prefix(10)) + (mode.wasFound == true ? "" : ", NOT FOUND")
                }
                let found =
                    mode.detectors.isEmpty
                    ? "NOTHING: " + mode.off.joined(separator: "; ")
                    : mode.detectors.joined(separator: ", ")
                return [
                    mode.fault, found,
                    drill ?? (mode.scenario == nil ? "no drill" : "never"),
                    Output.figure(mode.score, digits: 2),
                ]
            })
        if !readiness.uncovered.isEmpty {
            Output.line("uncovered: " + readiness.uncovered.joined(separator: ", "))
        }
    }
}
