import Host
import Shop
import Vocabulary
import World

/// How a drill went: how soon, and how much it cost, beside no response and the best that is known.
package struct ScoreCard: Codable, Sendable, Equatable {
    /// What one way of answering cost, against the same days without anything wrong.
    package struct Damage: Codable, Sendable, Equatable {
        package var lostPurchases: Int
        package var lostRevenueCents: Int
        /// Log loss over what was trained, less that of the undisturbed run, in nats.
        package var excessLogLoss: Double
        /// Purchases for each visit in the last six hours, as a share of the undisturbed run's.
        package var finalShare: Double

        package init(_ record: DrillRecord, undisturbed: DrillRecord) {
            let (mine, theirs) = (record.total, undisturbed.total)
            lostPurchases = theirs.purchases - mine.purchases
            lostRevenueCents = theirs.revenueCents - mine.revenueCents
            excessLogLoss = (record.logLoss ?? 0) - (undisturbed.logLoss ?? 0)
            finalShare =
                DrillChart.rate(record.hours.suffix(6))
                / max(DrillChart.rate(undisturbed.hours.suffix(6)), 1e-9)
        }
    }

    package var scenario: String
    package var seed: UInt64
    /// Wall time.
    package var at: Instant
    package var by: String
    /// The alarm that found it, one of those that say what is wrong; nil if none did.
    package var foundBy: String?
    /// Event time from the beginning; nil where it never came to that.
    package var detectSeconds: Double?
    package var acknowledgeSeconds: Double?
    /// Until purchases were as they would have been, for good.
    package var mitigateSeconds: Double?
    /// Until all alarms of those that say what is wrong were over, or quiet for three hours; nil
    /// where one is not in the end, or none was raised.
    package var overSeconds: Double?
    /// Alarms that are open in the end.
    package var stillOpen: [String]?
    package var damage: Damage
    package var withoutResponse: Damage
    package var best: Damage?
    package var alarms: [DrillRecord.Moment]
    package var acts: [DrillRecord.Moment]
    package var refusals: [DrillRecord.Moment]

    package init(
        _ order: DrillOrder, seed: UInt64, by: String, at: Instant, record: DrillRecord,
        undisturbed: DrillRecord, withoutResponse: DrillRecord, best: DrillRecord?
    ) {
        (scenario, self.seed, self.by, self.at) = (order.scenario.name, seed, by, at)
        let begin = DrillGround.start
        let right = record.alarms.first { order.scenario.foundBy.contains($0.what) }
        foundBy = right?.what
        detectSeconds = right.map { ($0.at - begin).seconds }
        acknowledgeSeconds = record.acts.first.map { ($0.at - begin).seconds }
        let names = order.scenario.foundBy
        let last = record.over.last { names.contains($0.what) }
        let isOver = !record.open.contains { names.contains($0) }
        overSeconds = isOver ? last.map { ($0.at - begin).seconds } : nil
        stillOpen = record.open
        mitigateSeconds = Self.mitigated(record, undisturbed).map { Double($0) * 3600 }
        damage = Damage(record, undisturbed: undisturbed)
        self.withoutResponse = Damage(withoutResponse, undisturbed: undisturbed)
        self.best = best.map { Damage($0, undisturbed: undisturbed) }
        (alarms, acts, refusals) = (record.alarms, record.acts, record.refusals)
    }

    /// The hour after which purchases stay near the undisturbed run's: over three hours at least
    /// seven tenths of them, less twice what chance moves them by. Nil where that never comes; an
    /// hour 0 says that nothing was ever missed.
    static func mitigated(_ record: DrillRecord, _ undisturbed: DrillRecord) -> Int? {
        let count = min(record.hours.count, undisturbed.hours.count)
        var lastBad = 0
        for end in stride(from: 3, through: count, by: 1) {
            let mine = record.hours[end - 3..<end].reduce(0) { $0 + $1.purchases }
            let theirs = undisturbed.hours[end - 3..<end].reduce(0) { $0 + $1.purchases }
            let least = 0.7 * Double(theirs) - 2 * Double(theirs).squareRoot()
            if Double(mine) < least { lastBad = end }
        }
        return lastBad == count && count > 0 ? nil : lastBad
    }
}

/// The score cards of a state directory: `drills.json`.
package struct DrillBook {
    private let path: String
    private let disk: any Disk

    static let countMax = 500

    package init(of folder: String, disk: any Disk = LocalDisk()) {
        path = folder + "/drills.json"
        self.disk = disk
    }

    /// Oldest first.
    package func cards() throws -> [ScoreCard] {
        try disk.storedJSON([ScoreCard].self, at: path).value ?? []
    }

    package func add(_ card: ScoreCard) throws {
        let all = try cards() + [card]
        try disk.replace(path, with: Array(try JSON.encode(Array(all.suffix(Self.countMax)))))
    }
}
