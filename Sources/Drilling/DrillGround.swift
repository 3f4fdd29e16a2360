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
    /// What the shop's model is like.
    package enum Temper: String, Sendable, CaseIterable {
        /// Small steps, and few pages that stay blank: what is usual is steady, so that monitors
        /// see what is not.
        case calm
        /// Large steps, and a page is left blank rather than show what may not be wanted: what goes
        /// wrong feeds on itself, and some of a quiet week's days are bad ones.
        case nervous
    }

    /// The state directory that the drills belong to has them in `drills/`.
    package let folder: String
    package let seed: UInt64
    package private(set) var temper = Temper.calm

    /// A drill begins an hour before the clocks of Europe change.
    package static let start =
        Instant(microseconds: 0)
        + .days(CivilDate(year: 2026, month: 3, day: 29).daysSince1970)

    /// How long the shop has been open: the monitors need two weeks of history and four days of
    /// comparisons, and what they know of chance grows with each day more.
    private var history: Span {
        switch temper {
        case .calm: .days(32)
        case .nervous: .days(25)
        }
    }
    /// Of a calm ground: until so long before the drill it is played with fewer checkpoints,
    /// which takes half the time.
    private static let closeHistory = Span.days(2)
    package static let model = ModelName("shop")

    package init(_ folder: String, seed: UInt64) {
        (self.folder, self.seed) = (folder, seed)
    }

    /// The ground that a scenario takes place on.
    func suited(to scenario: Scenario) -> DrillGround {
        var ground = self
        ground.temper = scenario.temper
        return ground
    }

    /// The configuration of every drill: a small shop, quick to play.
    func configuration(speed: Double, checkpointHours: Int = 1) -> String {
        let isCalm = temper == .calm
        return """
            # The ground of a drill. Nothing here is real, and nobody is paged.
            faults = true

            [models.shop]
            owner = "on-call"
            wait = "6h"
            disorder = "0s"
            checkpoint_every = "\(checkpointHours)h"
            staleness_limit = "6h"
            remembered_ids = 16384

            [models.shop.learner]
            bits = \(isCalm ? 16 : 18)
            alpha = \(isCalm ? 0.05 : 0.2)

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
            least_score = \(isCalm ? 0.02 : 0.03)
            start = "\((Self.start - history).rfc3339)"
            speed = \(speed)
            """
    }

    /// Makes the ground of this seed, unless it is there. A folder with a `ready` file is whole.
    package func prepare() throws -> String {
        let disk = ForgetfulDisk()
        let text = configuration(speed: 0)
        let path = "\(folder)/ground-\(seed)-\(temper.rawValue)"
        let ready = path + "/ready"
        let mark = Array((spindleVersion + "\n" + text).utf8)
        if try disk.exists(ready), try disk.read(ready) == mark { return path }
        if try disk.exists(path) { try FileManager.default.removeItem(atPath: path) }
        try disk.makeFolder(folder)
        if temper == .calm {
            let sparse = configuration(speed: 0, checkpointHours: 4)
            try play(path, sparse, until: Self.start - Self.closeHistory)
        }
        try play(path, text, until: Self.start)
        try LocalDisk().replace(ready, with: mark)
        return path
    }

    private func play(_ path: String, _ configuration: String, until end: Instant) throws {
        let run = try DrillEngine(path, configuration: configuration, order: nil)
        while run.now < end { try run.step() }
        try run.finish()
    }

    /// A copy of the ground for one run, under a name.
    package func copy(as name: String, speed: Double) throws -> String {
        let path = "\(folder)/run-\(name)"
        let source = try prepare()
        try Self.copy(source, to: path)
        for name in ["/ready", "/lock"] { try LocalDisk().remove(path + name) }
        let text = configuration(speed: speed)
        try LocalDisk().replace(path + "/spindle.toml", with: Array(text.utf8))
        return path
    }

    /// A copy of a state directory at rest.
    static func copy(_ source: String, to path: String) throws {
        if try LocalDisk().exists(path) { try FileManager.default.removeItem(atPath: path) }
        try FileManager.default.copyItem(atPath: source, toPath: path)
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
        let state = try Self.open(path, configuration: text, mayCreate: true)
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

    /// A state directory of a drill, which no power cut has to spare.
    static func open(
        _ path: String, configuration text: String, mayCreate: Bool
    ) throws -> StateFolder {
        var world = HostWorld(
            disk: ForgetfulDisk(), clock: LocalClock(),
            journal: { try Journal($0, isDurable: false) }, quarantine: { try Quarantine($0) })
        world.answersRequests = true
        return try StateFolder(path, world: world, mayCreate: mayCreate) { _ in
            try SpindleConfiguration(toml: text, file: "the drill's ground")
        }
    }

    var now: Instant { drill?.now ?? shop?.now ?? .distantPast }

    /// What happened so far; nil where the shop is just played.
    var record: DrillRecord? { drill?.record }

    /// A minute of the shop, and all that an engine does besides.
    func step() throws {
        while try turn.work() {}
        _ = try turn.pump()
    }

    func finish() throws {
        while try turn.work() {}
        try turn.finish()
    }

    /// What the model's learner comes to now.
    func measured() throws -> LearnerMeasure {
        while try turn.work() {}
        return try state.models[0].measured()
    }

    /// Plays the drill to its end.
    func play() throws -> DrillRecord {
        guard let drill else { preconditionFailure("only a drill has a record") }
        while !drill.isOver { try step() }
        while try turn.work() {}
        return drill.record
    }
}
