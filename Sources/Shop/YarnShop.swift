import Numerics
import Vocabulary

/// A web shop for yarn, simulated: shoppers come, the served model decides what they are shown,
/// and some buy, minutes to hours later.
///
/// It is a closed loop: what is shown decides what is bought, what is bought teaches the model
/// and empties the shelves. All chance is a keyed hash of a visit's time, so the bytes that come
/// out depend on the settings and the ranker's answers alone, never on how time is cut in steps.
package struct YarnShop: Sendable {
    let world: ShopWorld
    /// All up to and including this instant has happened.
    package internal(set) var now: Instant
    var warehouse: Warehouse
    var history: PurchaseHistory
    var purchases: PurchaseQueue
    /// Purchases whose labels wait for the end of a disturbance, in order.
    var held: [Purchase] = []
    /// The second model; nil where there is none.
    var pricing: Pricing?
    /// What shoppers met since this value was made.
    package internal(set) var tally = ShopTally()
    var scratch = VisitScratch()

    /// A shop with full shelves that opens at `settings.start`. The settings must have no
    /// `objection`.
    package init(settings: ShopSettings) {
        world = ShopWorld(settings: settings)
        now = settings.start
        warehouse = Warehouse(schedule: world.schedule)
        history = PurchaseHistory(shopperCount: settings.shopperCount)
        purchases = PurchaseQueue()
    }

    /// Plays all that happens after `now`, up to and including `end`.
    ///
    /// Lines come without a line feed, in the order of their event times. On the label stream,
    /// every full minute carries a heartbeat: no label of that time or before comes after it.
    /// An `end` that is not after `now` does nothing.
    package mutating func advance(
        to end: Instant, ranker: inout some Ranker, emit: (StreamKind, [UInt8]) -> Void
    ) {
        precondition(end <= .latest, "the shop closes at the end of the year 9999")
        while now < end {
            var minute = ShopMinute(now.floored(to: ShopMinute.length), world: world)
            if let pricing { minute.reprice(pricing, world.catalogue) }
            let next = minute.start + ShopMinute.length
            for time in minute.visits where time > now && time <= end {
                deliverPurchases(through: time, in: minute, emit: emit)
                serveVisit(at: time, in: minute, ranker: &ranker, emit: emit)
            }
            deliverPurchases(through: min(next, end), in: minute, emit: emit)
            if next <= end {
                beginMinute(next, emit: emit)
            }
            now = min(next, end)
        }
    }

    /// Goes on from `instant` as if nothing had happened since `now`, except that shelves were
    /// filled on schedule.
    ///
    /// This is for a log that is ahead of the saved state: with the latest event time in the log,
    /// no id or label that may stand there comes again. Purchases due up to then are dropped, and
    /// those of visits that the saved state never saw are lost. Does nothing if it is not later.
    package mutating func skip(to instant: Instant) {
        guard instant > now else { return }
        while purchases.removeNext(dueBy: instant) != nil {}
        (held, pricing) = ([], nil)
        history.forget(after: now, through: instant)
        warehouse.receive(from: world.schedule, after: now, through: instant)
        let refresh = Warehouse.refreshInterval
        if instant.floored(to: refresh) > now { warehouse.refreshListing() }
        now = instant
    }

    private mutating func deliverPurchases(
        through end: Instant, in minute: ShopMinute, emit: (StreamKind, [UInt8]) -> Void
    ) {
        while let purchase = purchases.removeNext(dueBy: end) {
            guard goesThrough(purchase, in: minute) else { continue }
            guard let disruption = minute.disruption else {
                emitLabel(of: purchase, at: purchase.due, emit: emit)
                continue
            }
            var chance = self.chance(of: purchase, 1)
            if chance.chance(disruption.labelsLostShare) { continue }
            if disruption.holdsLabels {
                held.append(purchase)
            } else {
                emitLabel(of: purchase, at: purchase.due, emit: emit)
            }
        }
    }

    /// False for a purchase that is voided, or that comes too late to the last ball.
    private mutating func goesThrough(_ purchase: Purchase, in minute: ShopMinute) -> Bool {
        // A robot's is none, but leaves a label like one.
        guard purchase.shopper != Purchase.nobody else { return true }
        if let share = minute.disruption?.voidedShare, share > 0 {
            var chance = self.chance(of: purchase, 0)
            if chance.chance(share) {
                tally.voided += 1
                return false
            }
        }
        // Who comes too late to the last ball goes home without.
        guard warehouse.sell(purchase.product) else {
            tally.soldOut += 1
            return false
        }
        tally.purchases += 1
        tally.revenueCents += minute.priceCents[purchase.product]
        let fibre = world.catalogue.products[purchase.product].fibre
        // One at the stroke of midnight counts for the day that ends: the new day's count is
        // set to 0 when its first minute begins, which is after this.
        let moment = purchase.due - Span(microseconds: 1)
        history.add(shopper: purchase.shopper, fibre: fibre, at: moment)
        return true
    }

    private func chance(of purchase: Purchase, _ use: UInt64) -> SeededRandom {
        world.random.forked(.disturbance, UInt64(bitPattern: purchase.visit.microseconds))
            .forked(.disturbance, UInt64(purchase.position) << 8 | use)
    }

    private mutating func emitLabel(
        of purchase: Purchase, at time: Instant, emit: (StreamKind, [UInt8]) -> Void
    ) {
        scratch.line.removeAll(keepingCapacity: true)
        scratch.line.appendText("{\"id\":")
        scratch.line.appendExampleID(visit: purchase.visit, position: purchase.position)
        scratch.line.appendText(",\"ts\":")
        scratch.line.appendTime(time)
        scratch.line.appendText(",\"label\":1}")
        emit(.labels, scratch.line)
    }

    private mutating func beginMinute(
        _ start: Instant, emit: (StreamKind, [UInt8]) -> Void
    ) {
        let before = start - ShopMinute.length
        let disruption = Disruption(at: start, world: world)
        history.forget(after: before, through: start)
        warehouse.receive(
            from: world.schedule, after: before, through: start,
            except: disruption?.lacksDelivery ?? [])
        let isRefreshed = start.floored(to: Warehouse.refreshInterval) == start
        if isRefreshed, disruption?.isListingStale != true { warehouse.refreshListing() }
        reviewPrices(disruption, at: start)
        guard disruption?.holdsLabels != true else { return }
        releaseLabels(at: start, emit: emit)
        emitHeartbeat(at: start, emit: emit)
    }

    /// What waited comes, with the times that the disturbance which ends here gives it.
    private mutating func releaseLabels(
        at instant: Instant, emit: (StreamKind, [UInt8]) -> Void
    ) {
        guard !held.isEmpty else { return }
        let isBatch = world.settings.disturbances.contains {
            $0.kind == .labelsBatched && $0.to == instant
        }
        for purchase in held {
            emitLabel(of: purchase, at: isBatch ? instant : purchase.due, emit: emit)
        }
        held = []
    }

    private mutating func reviewPrices(_ disruption: Disruption?, at instant: Instant) {
        guard let index = disruption?.pricing else {
            pricing = nil
            return
        }
        let one = world.settings.disturbances[index]
        var model = pricing ?? Pricing(productCount: world.settings.productCount)
        if (instant - one.from).microseconds % one.every.microseconds == 0 {
            model.review(one, catalogue: world.catalogue)
        }
        pricing = model
    }

    private mutating func emitHeartbeat(
        at instant: Instant, emit: (StreamKind, [UInt8]) -> Void
    ) {
        scratch.line.removeAll(keepingCapacity: true)
        scratch.line.appendText("{\"heartbeat\":")
        scratch.line.appendTime(instant)
        scratch.line.append(UInt8(ascii: "}"))
        emit(.labels, scratch.line)
    }
}
