import Engine
import Foundation
import Host
import Operation
import Shop
import Vocabulary
import World

/// Where drills take place: throw-away state directories of the real engine, with a shop that has
/// been open for weeks.
///
/// The weeks are played once for each seed, and copied for each run.
package struct DrillGround: Sendable {
    /// The state directory that the drills belong to has them in `drills/`.
    package let folder: String
    package let seed: UInt64

    /// How long the shop has been open: the monitors need two weeks of history and four days of
    /// comparisons.
    static let history = Span.days(25)
    /// A drill begins an hour before the clocks of Europe change.
    static let opening = CivilDate(year: 2026, month: 3, day: 4)
    package static let start =
        Instant(microseconds: 0) + .days(opening.daysSince1970) + history
    package static let model = ModelName("shop")

    package init(_ folder: String, seed: UInt64) {
        (self.folder, self.seed) = (folder, seed)
    }

    /// The configuration of every drill: a small shop, quick to play, that leaves a page blank
    /// rather than show what nobody is thought to want.
    static func configuration(seed: UInt64, speed: Double) -> String {
        """
        # The ground of a drill. Nothing here is real, and nobody is paged.
        faults = true

        [models.shop]
        owner = "on-call"
        wait = "6h"
        disorder = "0s"
        checkpoint_every = "1h"
        staleness_limit = "6h"
        remembered_ids = 16384

        [models.shop.learner]
        bits = 18

        [models.shop.retention]
        checkpoints_recent = 60

        [models.shop.gate]
        loss_margin = 0.3
        slice_margin = 0.6
        calibration_ratio_max = 4
        shift_max = 4

        [models.shop.ramp]
        shares = [0.3, 1.0]
        least_time = "10m"
        least_samples = [60, 120]
        quiet_limit = "3h"
        no_data_limit = "6h"
        push_interval = "1m"
        design_effect = 5
        variance_ratio_max = 2

        [models.shop.fallback]
        feature = "product"

        [shop]
        model = "shop"
        seed = \(seed)
        visits_per_day = 2000
        exploration = 0.02
        least_score = 0.030
        start = "2026-03-04T00:00:00Z"
        speed = \(speed)
        """
    }

    /// Makes the ground of this seed, unless it is there. A folder with a `ready` file is whole.
    package func prepare() throws -> String {
        let disk = ForgetfulDisk()
        let text = Self.configuration(seed: seed, speed: 0)
        let path = "\(folder)/ground-\(seed)"
        let ready = path + "/ready"
        let mark = Array((spindleVersion + "\n" + text).utf8)
        if try disk.exists(ready), try disk.read(ready) == mark { return path }
        if try disk.exists(path) { try FileManager.default.removeItem(atPath: path) }
        try disk.makeFolder(folder)
        let run = try DrillEngine(path, configuration: text, order: nil)
        while run.now < Self.start { try run.step() }
        try run.finish()
        try LocalDisk().replace(ready, with: mark)
        return path
    }

    /// A copy of the ground for one run, under a name.
    package func copy(as name: String, speed: Double) throws -> String {
        let path = "\(folder)/run-\(name)"
        let source = try prepare()
        if try LocalDisk().exists(path) { try FileManager.default.removeItem(atPath: path) }
        try FileManager.default.copyItem(atPath: source, toPath: path)
        for name in ["/ready", "/lock"] { try LocalDisk().remove(path + name) }
        let text = Self.configuration(seed: seed, speed: speed)
        try LocalDisk().replace(path + "/spindle.toml", with: Array(text.utf8))
        return path
    }

    package static func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: path)
    }
}

/// What a drill does to an engine.
package struct DrillOrder: Sendable {
    package var scenario: Scenario
    /// False for the same days without anything that goes wrong.
    package var isDisturbed: Bool
    /// Who acts; nil for nobody, or for a person at a console.
    package var plan: ResponsePlan?

    package init(_ scenario: Scenario, isDisturbed: Bool = true, plan: ResponsePlan? = nil) {
        (self.scenario, self.isDisturbed, self.plan) = (scenario, isDisturbed, plan)
    }

    package var report: DrillReport {
        DrillReport(
            scenario: scenario.name, from: DrillGround.start,
            to: DrillGround.start + scenario.length)
    }
}

/// A whole engine on a state directory that is thrown away, stepped by hand as fast as it goes.
final class DrillEngine {
    private let state: StateFolder
    private var turn: EngineTurn
    private let shop: ShopFeed?
    private let drill: DrillFeed?

    /// Without an order the shop is just played.
    init(_ path: String, configuration text: String, order: DrillOrder?) throws {
        var world = HostWorld(
            disk: ForgetfulDisk(), clock: LocalClock(),
            journal: { try Journal($0, isDurable: false) }, quarantine: { try Quarantine($0) })
        world.answersRequests = true
        let state = try StateFolder(path, world: world, mayCreate: true) { _ in
            try SpindleConfiguration(toml: text, file: "the drill's ground")
        }
        self.state = state
        if let order {
            let feed = try DrillFeed(order, on: state)
            (drill, shop) = (feed, nil)
            turn = EngineTurn(state, feeds: [feed])
        } else {
            guard let settings = state.configuration.shop else {
                preconditionFailure("the ground of a drill has a shop")
            }
            let feed = try ShopFeed(
                state.models[0], settings: settings, statePath: path + "/shop.state")
            (drill, shop) = (nil, feed)
            turn = EngineTurn(state, feeds: [feed])
        }
    }

    var now: Instant { drill?.now ?? shop?.now ?? .distantPast }

    /// A minute of the shop, and all that an engine does besides.
    func step() throws {
        while try turn.work() {}
        _ = try turn.pump()
    }

    func finish() throws {
        while try turn.work() {}
        try turn.finish()
    }

    /// Plays the drill to its end.
    func play() throws -> DrillRecord {
        guard let drill else { preconditionFailure("only a drill has a record") }
        while !drill.isOver { try step() }
        while try turn.work() {}
        return drill.record
    }
}
