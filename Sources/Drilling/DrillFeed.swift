import Engine
import Host
import Monitoring
import Operation
import Shop
import Vocabulary
import World

/// What happened in a drill, in event time.
package struct DrillRecord: Codable, Sendable, Equatable {
    /// An alarm that was raised, or an act that was done.
    package struct Moment: Codable, Sendable, Equatable {
        package var what: String
        package var at: Instant
        package var text: String
    }

    package var from: Instant
    /// By full hour from the beginning.
    package internal(set) var hours: [ShopTally] = []
    package internal(set) var alarms: [Moment] = []
    /// Those of them that were over, or quiet for hours, each time they were.
    package internal(set) var over: [Moment] = []
    /// Names of those that are open in the end.
    package internal(set) var open: [String] = []
    package internal(set) var acts: [Moment] = []
    /// Acts that the engine refused.
    package internal(set) var refusals: [Moment] = []
    /// Over what was trained: the sums of losses, in nats, and of weights.
    package internal(set) var lossSum = 0.0
    package internal(set) var weightSum = 0.0

    package var total: ShopTally { hours.reduce(ShopTally(), +) }

    /// The same, left after so many hours; what was trained is that of the whole.
    func cut(to count: Int) -> DrillRecord {
        var copy = self
        copy.hours = Array(hours.prefix(count))
        return copy
    }

    package var logLoss: Double? { weightSum > 0 ? lossSum / weightSum : nil }
}

/// The shop of a drill: disturbs it, injects the faults of the scenario, carries out a response,
/// and keeps a record. On the engine's thread, as every feed.
///
/// All that it does is in this process's memory, or taken back by `DrillLease` after a crash.
package final class DrillFeed: Feed {
    private let order: DrillOrder
    private let state: StateFolder
    private let shop: ShopFeed
    private let start = DrillGround.start
    private let end: Instant
    private var responder: Responder?
    private var seenSequence = 0
    /// Alarms from before the drill, and those that are open now.
    private let known: Set<String>
    private var open: [String: String] = [:]
    private var injected: [Int: Instant] = [:]
    private var last = ShopTally()
    private var sums: (loss: Double, weight: Double)
    package private(set) var record: DrillRecord

    package init(_ order: DrillOrder, on state: StateFolder) throws {
        guard var settings = state.configuration.shop, let host = state.models.first else {
            preconditionFailure("the ground of a drill has a shop and a model")
        }
        self.order = order
        self.state = state
        end = start + order.scenario.length
        if order.isDisturbed {
            settings.shop.disturbances = order.scenario.disturbances(from: start)
        }
        settings.warmUp = .zero
        shop = try ShopFeed(host, settings: settings, statePath: state.path + "/shop.state")
        responder = order.plan.map { Responder($0, from: DrillGround.start) }
        known = Set(host.engine.openAlarms.map(\.id))
        record = DrillRecord(from: start)
        let metrics = host.engine.trainer.metrics
        sums = (metrics.lossSum, metrics.weight)
        seenSequence = try state.journal.tail(1).first?.seq ?? 0
    }

    package var now: Instant { shop.now }
    package var isOver: Bool { now >= end }
    package var description: String { "drill \(order.scenario.name), \(shop.description)" }

    package func pump() throws -> FeedState {
        guard !isOver else { return try shop.pump() }
        try disturbEngine()
        try respond()
        let before = shop.now
        let outcome = try shop.pump()
        if shop.now > before { try note() }
        return outcome
    }

    package func save() throws { try shop.save() }

    private var model: ModelHost { state.models[0] }

    /// Faults of the engine come and go by the scenario's time.
    private func disturbEngine() throws {
        guard order.isDisturbed else { return }
        for (index, fault) in order.scenario.faults.enumerated() {
            let from = start + fault.at
            let isActive = from <= now && now < from + fault.length
            if isActive {
                let isDue = injected[index].map { at in
                    fault.every.map { now >= at + $0 } ?? false
                }
                guard isDue ?? true else { continue }
                injected[index] = now
                perform(.inject(fault.name, isOn: true), by: "drill")
            } else if injected[index] != nil, now >= from + fault.length {
                injected[index] = nil
                perform(.inject(fault.name, isOn: false), by: "drill")
            }
        }
    }

    private func respond() throws {
        guard var responder else { return }
        let open = model.engine.openAlarms.filter { !known.contains($0.id) }
        for deed in responder.due(at: now, open) {
            if case .acknowledge = deed {
                _ = state.paging.look(
                    at: open.map { (model.name, $0) }, now: WallClock.now())
            }
            let outcome = perform(responder.act(for: deed, at: now), by: "responder")
            if case .refused(let why) = outcome {
                record.refusals.append(.init(what: deed.name, at: now, text: why))
            }
            if case .mend(let fault) = deed { mended(fault) }
        }
        self.responder = responder
    }

    /// An alarm whose cause was not seen for so long counts as over.
    private static let quietLeast = Span.hours(3)

    private func noteAlarms() {
        let all = model.engine.openAlarms.filter { alarm in
            let isQuiet = alarm.quietSince.map { now - $0 >= Self.quietLeast } ?? false
            return !known.contains(alarm.id) && !isQuiet
        }
        for alarm in all where open[alarm.id] == nil {
            record.alarms.append(.init(what: alarm.name, at: now, text: alarm.text))
        }
        let still = Set(all.map(\.id))
        for (id, name) in open.sorted(by: { $0.key < $1.key }) where !still.contains(id) {
            record.over.append(.init(what: name, at: now, text: ""))
        }
        open = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0.name) })
        record.open = all.map(\.name)
    }

    /// A step of the playbook was ticked off: whom it calls for has done it.
    private func mend(by effect: String) {
        for fault in order.scenario.faults {
            guard let words = fault.mendedBy, effect.contains(" is done: "), effect.contains(words)
            else { continue }
            perform(.inject(fault.name, isOn: false), by: "drill")
            mended(fault.name)
        }
    }

    /// What was mended does not come back.
    private func mended(_ fault: FaultName) {
        for (index, one) in order.scenario.faults.enumerated() where one.name == fault {
            injected[index] = .distantFuture
        }
    }

    @discardableResult
    private func perform(_ act: Act, by user: String) -> ActOutcome {
        Acts.perform(
            ActRequest(
                act: act, scope: .all, reason: "drill \(order.scenario.name)", isDryRun: false,
                waits: false, actor: Actor(user: user, from: "drill")), on: state)
    }

    /// Takes down what the minute brought.
    private func note() throws {
        noteAlarms()
        let entries = try state.journal.tail(30).filter { $0.seq > seenSequence }
        for entry in entries.reversed() {
            seenSequence = max(seenSequence, entry.seq)
            let isSomebodys = !["drill", "spindle", "trainer"].contains(entry.by)
            guard entry.kind == .act, isSomebodys else { continue }
            record.acts.append(.init(what: entry.act ?? "", at: now, text: entry.effect))
            mend(by: entry.effect)
        }
        let metrics = model.engine.trainer.metrics
        // A learner that went back has met less: its sums begin anew from there.
        if metrics.weight > sums.weight {
            record.lossSum += metrics.lossSum - sums.loss
            record.weightSum += metrics.weight - sums.weight
        }
        sums = (metrics.lossSum, metrics.weight)
        if (now - start).microseconds % Span.hours(1).microseconds == 0 {
            record.hours.append(shop.tally - last)
            last = shop.tally
        }
    }
}

/// A drill's faults live as long as its process: what is left of one that was cut off is undone
/// before anything goes on.
package enum DrillLease {
    private static func path(_ folder: String) -> String { folder + "/drill.json" }

    /// Before the first fault.
    package static func take(_ report: DrillReport, in folder: String) throws {
        try LocalDisk().replace(path(folder), with: Array(try JSON.encode(report)))
    }

    /// Takes back every fault that a drill left in a state directory, which says so in its
    /// journal. Nothing is done where there was none.
    package static func settle(_ state: StateFolder) throws {
        let disk = state.world.disk
        guard try disk.exists(path(state.path)), state.world.drill == nil else { return }
        for fault in FaultName.allCases {
            _ = Acts.perform(
                ActRequest(
                    act: .inject(fault, isOn: false), scope: .all,
                    reason: "a drill was cut off", isDryRun: false,
                    actor: Actor(user: "spindle", from: "engine")), on: state)
        }
        try state.journal.append(
            JournalDraft(
                kind: .engine, effect: "a drill was cut off: all of its faults are taken back"))
        try disk.remove(path(state.path))
    }

    /// Removes what earlier drills left beside a state directory, but for those that still run.
    package static func sweep(_ folder: String) throws {
        let disk = LocalDisk()
        for name in try disk.names(in: folder) where name.hasPrefix("run-") {
            let path = folder + "/" + name
            let isLeft = try disk.open(path + "/lock", .readWrite).lock()
            if isLeft { try DrillGround.remove(path) }
        }
    }
}
