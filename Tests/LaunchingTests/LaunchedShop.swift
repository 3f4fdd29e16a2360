import Ingestion
import Launching
import Learning
import Numerics
import Shop
import Vocabulary

/// The yarn shop under a launch: on that day a new range comes, which sells well. A shows it at
/// once, to learn; B and C list it only once their learners have met some of it.
///
/// Each arm is a cursor over the shop's one stream: its learner meets what its filter lets pass, in
/// the order in which labels, or the ends of waits, come.
final class LaunchedShop {
    static let start = ShopSettings().start
    static let launch = start + .days(1)
    static let judged = start + .days(2)
    static let end = start + .days(3)
    private static let wait = Span.hours(6)
    private static let range = "purple"
    /// Of the range: so many examples make A's own model decide, and the others list it.
    fileprivate static let daringCount = 300
    fileprivate static let listedCount = 100

    private var shop: YarnShop
    private let desk: Desk
    private let isPooled: Bool
    private let parser = RecordParser()
    private var open: [UInt64: Shown] = [:]
    private var waiting: [(id: UInt64, due: Instant)] = []
    private var nextWaiting = 0
    private(set) var statistics: LaunchStatistics

    /// An example whose outcome is not known.
    private struct Shown {
        var entry: [UInt64]
        var arm: ArmName
        var unit: UInt64
        var time: Instant
        var isOfRange: Bool
    }

    init(seed: UInt64, isPooled: Bool) {
        var settings = ShopSettings(
            seed: seed, visitsPerDay: 3500, explorationShare: 0, shownCount: 3)
        // Below it nothing is listed.
        settings.leastScore = 1e-5
        var loved = Disturbance(.appeal, from: Self.launch, to: Self.end)
        (loved.strength, loved.products) = (2.5, [Self.range])
        settings.disturbances = [loved]
        shop = YarnShop(settings: settings)
        self.isPooled = isPooled
        desk = Desk(seed: seed)
        statistics = LaunchStatistics(
            metrics: [LaunchMetric(name: "bought", leastEffect: 0.2)], shares: desk.shares)
    }

    /// What the last day came to, with the first one as the baseline's history.
    func run() -> LaunchReading {
        while shop.now < Self.end {
            desk.isLaunched = shop.now >= Self.launch
            var ranker = DeskRanker(desk: desk)
            var lines: [(StreamKind, [UInt8])] = []
            shop.advance(to: shop.now + .minutes(10), ranker: &ranker) { lines.append(($0, $1)) }
            for (stream, bytes) in lines { take(bytes, stream) }
            closeWaits()
        }
        statistics.advance(completeTo: Self.end + .hours(1))
        let reader = LaunchReader(
            baseline: .stopped(since: Self.launch), plannedCounts: [2500])
        return reader.read(statistics, at: Self.end)
    }

    private func take(_ bytes: [UInt8], _ stream: StreamKind) {
        let padded = bytes + [UInt8](repeating: 0, count: LinePadding.size)
        padded.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            let record: ParsedRecord
            do throws(Rejection) {
                record = try parser.parse(base, count: bytes.count, stream: stream)
            } catch {
                preconditionFailure("the shop's own lines break a rule: \(error.text)")
            }
            switch record.kind {
            case .heartbeat: break
            case .label: close(record.idHash, label: 1)
            case .example:
                let entry = EntryView(UnsafeRawPointer(parser.entry))
                let words = UnsafeRawBufferPointer(start: parser.entry, count: entry.size)
                open[record.idHash] = Shown(
                    entry: Array(words.bindMemory(to: UInt64.self)),
                    arm: desk.shares.arm(of: entry.source), unit: entry.source,
                    time: record.time, isOfRange: Desk.isOfRange(entry))
                waiting.append((record.idHash, record.time + Self.wait))
            }
        }
    }

    private func closeWaits() {
        while nextWaiting < waiting.count, waiting[nextWaiting].due <= shop.now {
            close(waiting[nextWaiting].id, label: 0)
            nextWaiting += 1
        }
    }

    private func close(_ id: UInt64, label: Float) {
        guard var shown = open.removeValue(forKey: id) else { return }
        note(shown, label)
        shown.entry.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: label, toByteOffset: EntryLayout.labelOffset, as: Float.self)
            guard let base = bytes.baseAddress else { return }
            let entry = EntryView(UnsafeRawPointer(base))
            // Until the launch there is one model, in three copies.
            let isBefore = shown.time < Self.launch
            for arm in desk.shares.arms {
                let meets = isBefore || arm != .baseline && (isPooled || arm == shown.arm)
                guard meets else { continue }
                desk.teach(arm, entry, isOfRange: shown.isOfRange && !isBefore)
                if !isBefore { statistics.mixing.note(trained: arm, servedBy: shown.arm) }
            }
        }
    }

    private func note(_ shown: Shown, _ label: Float) {
        let outcome = Outcome(
            arm: shown.arm, unit: shown.unit, amount: Double(label), exposedAt: shown.time)
        if shown.time >= Self.judged {
            statistics.noteExposure(unit: shown.unit, in: shown.arm)
            statistics.add(outcome, metric: 0)
        } else if shown.time < Self.launch {
            statistics.addHistory(outcome, metric: 0)
        }
    }

    /// The arms' learners, and who is asked.
    fileprivate final class Desk {
        let shares: TrafficShares
        var isLaunched = false
        private var learners: [ArmName: FTRLLearner] = [:]
        private var metOfRange: [ArmName: Int] = [:]
        private let parser = RecordParser()

        init(seed: UInt64) {
            guard
                let shares = TrafficShares(
                    candidate: 1 / 3.0, baselines: [(.baseline, 1 / 3.0)], salt: seed)
            else { preconditionFailure("thirds leave production a third") }
            self.shares = shares
            var settings = LearnerSettings()
            settings.bits = 14
            for arm in shares.arms { learners[arm] = FTRLLearner(settings: settings) }
        }

        func teach(_ arm: ArmName, _ entry: EntryView, isOfRange: Bool) {
            _ = learners[arm]?.learn(entry)
            if isOfRange { metOfRange[arm, default: 0] += 1 }
        }

        func score(_ json: [UInt8], _ arm: ArmName) -> Double {
            do throws(Rejection) {
                try parser.parseFeatures(json, at: .distantPast, zone: [])
            } catch {
                preconditionFailure("the shop's own features break a rule: \(error.text)")
            }
            let entry = EntryView(UnsafeRawPointer(parser.entry))
            if Self.isOfRange(entry) {
                let met = metOfRange[arm] ?? 0
                guard isLaunched, arm == .candidate || met >= LaunchedShop.listedCount else {
                    return 0
                }
                if arm == .candidate, met < LaunchedShop.daringCount { return 0.99 }
            }
            return Entropy.sigmoid(learners[arm]?.score(entry) ?? 0)
        }

        private static let key = UInt32(
            truncatingIfNeeded: FeatureHash.category(
                LaunchedShop.range, name: FeatureHash.name("colour")))

        static func isOfRange(_ entry: EntryView) -> Bool {
            (0..<entry.categoryCount).contains { entry.categoryKeys[$0] == key }
        }
    }

    /// One visit after the other, by the visitor's arm.
    private struct DeskRanker: Ranker {
        let desk: Desk
        var arm = ArmName.production
        var checkpoint: String? { nil }

        mutating func begin(visitor: String, at time: Instant, zone: String) {
            arm = desk.shares.arm(of: FeatureHash.tag(visitor))
        }

        mutating func probability(ofFeatures json: [UInt8]) -> Double {
            desk.score(json, arm)
        }
    }
}
