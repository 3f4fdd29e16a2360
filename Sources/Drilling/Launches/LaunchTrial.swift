import Engine
import Host
import Launching
import Operation
import Shop
import Vocabulary
import World

/// A launch on the real engine, over a shop of which the truth is known: does the verdict say it?
///
/// In its first week a model sells more from day to day, because it has only begun to learn. The
/// second is C's history, and the launch takes the third.
package struct LaunchTrial: Sendable {
    package let truth: LaunchTruth
    package let seed: UInt64

    /// The shop's default start is a Monday at midnight.
    private static let start = ShopSettings().start
    private static let begin = start + .days(14)
    fileprivate static let end = begin + .days(7)
    /// What happens comes when the arms have long been serving.
    fileprivate static let turn = begin + .hours(6)

    package init(_ truth: LaunchTruth, seed: UInt64) {
        (self.truth, self.seed) = (truth, seed)
    }

    /// A shop of strangers, so that exposures are many and say much. Nothing holds up an update:
    /// the question is what a launch says of what serves.
    private var configuration: String {
        """
        [models.shop]
        owner = "on-call"
        wait = "3h"
        disorder = "0s"
        checkpoint_every = "1h"
        remembered_ids = 65536
        golden_auto = false
        [models.shop.learner]
        bits = 18
        [models.shop.monitors]
        on = false
        [models.shop.ramp]
        enabled = false
        [models.shop.retention]
        checkpoints_recent = 12
        checkpoints_hourly = 0
        [models.shop.fallback]
        [models.shop.launch]
        title = "\(truth.rawValue)"
        stages = [0.33]
        baselines = ["stopped"]
        baseline_share = 0.33
        history = "6d"
        look_every = "1h"
        \(truth.terms)
        [models.shop.launch.metrics.purchases]
        least_effect = 0.1
        [shop]
        model = "shop"
        seed = \(seed)
        visits_per_day = \(truth.visitsPerDay)
        shoppers = 100000
        exploration = 0.05
        products = 66
        hourly_deliveries = \(truth.hasFullShelves)
        speed = 0
        [shop.range]
        products = 6
        from = "\((truth.hasRange ? Self.turn : Self.end).rfc3339)"
        appeal = 5
        """
    }

    /// Plays it in a folder that is thrown away afterwards. What comes before the launch is the
    /// same for all cases of a seed, a traffic and shelves: it is played once for a folder, and
    /// copied.
    package func run(in folder: String) throws -> LaunchTrialRecord {
        let disk = ForgetfulDisk()
        let ground = "\(folder)/ground-\(seed)-\(truth.visitsPerDay)-\(truth.hasFullShelves)"
        try disk.makeFolder(folder)
        if try !disk.exists(ground) {
            let before = try LaunchTrialRun(ground, configuration, truth, seed)
            try before.play(to: Self.begin)
            try before.finish()
        }
        let path = "\(folder)/\(truth.rawValue)-\(seed)"
        try DrillGround.copy(ground, to: path)
        try disk.remove(path + "/lock")
        try disk.replace(path + "/spindle.toml", with: Array(configuration.utf8))
        let outcome = Result { try launch(in: path) }
        try DrillGround.remove(path)
        return try outcome.get()
    }

    private func launch(in path: String) throws -> LaunchTrialRecord {
        let run = try LaunchTrialRun(path, configuration, truth, seed)
        try begin(run.state)
        var record = LaunchTrialRecord(truth: truth, seed: seed)
        var hour = Self.begin
        while hour < Self.end {
            hour = hour + .hours(1)
            try run.play(to: hour)
            guard let status = Acts.snapshotAtRest(run.state).models.first?.launch else { continue }
            record.note(status)
        }
        try run.finish()
        return record
    }

    private func begin(_ state: StateFolder) throws {
        let outcome = Acts.perform(
            ActRequest(
                act: .launch(.start), scope: .all, reason: truth.rawValue, isDryRun: false,
                actor: Actor(user: "trial", from: "trial")), on: state)
        guard case .done = outcome else {
            throw ActRefusal("the launch does not begin: \(outcome)")
        }
    }
}

/// The engine of a trial with its shop and, from the turn of events on, its partner.
private final class LaunchTrialRun {
    let state: StateFolder
    private let truth: LaunchTruth
    private let model: ModelHost
    private let shop: ShopFeed
    private var partner: PartnerFeed
    private var turn: EngineTurn

    init(
        _ path: String, _ configuration: String, _ truth: LaunchTruth, _ seed: UInt64
    ) throws {
        state = try DrillEngine.open(path, configuration: configuration, mayCreate: true)
        guard var settings = state.configuration.shop, let model = state.models.first else {
            preconditionFailure("a trial has a shop and a model")
        }
        settings.shop.disturbances = truth.disturbances(
            from: LaunchTrial.turn, to: LaunchTrial.end)
        (self.truth, self.model) = (truth, model)
        shop = try ShopFeed(model, settings: settings, statePath: path + "/shop.state")
        partner = PartnerFeed(model, seed: seed)
        turn = EngineTurn(state, feeds: [shop])
    }

    func play(to end: Instant) throws {
        while shop.now < end {
            while try turn.work() {}
            if truth.hasPartner, shop.now >= LaunchTrial.turn {
                try partner.send(at: shop.now, to: model)
            }
            _ = try turn.pump()
        }
        while try turn.work() {}
    }

    func finish() throws { try turn.finish() }
}

/// What the verdicts of a trial were, look by look.
package struct LaunchTrialRecord: Codable, Sendable {
    /// One look.
    package struct Look: Codable, Sendable {
        /// Event time since the launch began.
        package var hours: Double
        package var cause: LaunchVerdict.Cause
        package var verdict: String
        package var bands: LaunchBands
        /// Exposures by arm, in their order: A, B, C.
        package var exposures: [Int]
    }

    package let truth: String
    package let expected: LaunchVerdict.Cause
    package let seed: UInt64
    package private(set) var looks: [Look] = []

    init(truth: LaunchTruth, seed: UInt64) {
        (self.truth, expected, self.seed) = (truth.rawValue, truth.expected, seed)
    }

    mutating func note(_ status: LaunchStatus) {
        guard let metric = status.metrics.first,
            let cause = LaunchVerdict.Cause(rawValue: metric.cause), let at = status.points.last?.at
        else { return }
        looks.append(
            Look(
                hours: (at - status.begun).seconds / 3600, cause: cause, verdict: metric.verdict,
                bands: metric.bands, exposures: status.arms.map(\.exposures)))
    }

    /// Whether the last verdict is the truth.
    package var isRight: Bool { looks.last?.cause == expected }

    /// From when on the verdict was the truth, and stayed it; nil if the last one isn't.
    package var rightAfterHours: Double? {
        guard isRight else { return nil }
        let wrong = looks.lastIndex { $0.cause != expected }
        return looks[wrong.map { $0 + 1 } ?? 0].hours
    }

    /// Verdicts that blamed or praised somebody else on the way.
    package var wrongCauses: [LaunchVerdict.Cause] {
        var causes: [LaunchVerdict.Cause] = []
        for look in looks where look.cause != expected && !causes.contains(look.cause) {
            switch look.cause {
            case .withheld, .cannotTell, .noDifference: break
            default: causes.append(look.cause)
            }
        }
        return causes
    }
}
