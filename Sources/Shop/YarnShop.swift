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
            let minute = ShopMinute(now.floored(to: ShopMinute.length), world: world)
            let next = minute.start + ShopMinute.length
            for time in minute.visits where time > now && time <= end {
                deliverPurchases(through: time, emit: emit)
                serveVisit(at: time, in: minute, ranker: &ranker, emit: emit)
            }
            deliverPurchases(through: min(next, end), emit: emit)
            if next <= end {
                beginMinute(next)
                emitHeartbeat(at: next, emit: emit)
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
        history.forget(after: now, through: instant)
        warehouse.receive(from: world.schedule, after: now, through: instant)
        let refresh = Warehouse.refreshInterval
        if instant.floored(to: refresh) > now { warehouse.refreshListing() }
        now = instant
    }

    private mutating func deliverPurchases(
        through end: Instant, emit: (StreamKind, [UInt8]) -> Void
    ) {
        while let purchase = purchases.removeNext(dueBy: end) {
            // Who comes too late to the last ball goes home without.
            guard warehouse.sell(purchase.product) else { continue }
            let fibre = world.catalogue.products[purchase.product].fibre
            // One at the stroke of midnight counts for the day that ends: the new day's count is
            // set to 0 when its first minute begins, which is after this.
            let moment = purchase.due - Span(microseconds: 1)
            history.add(shopper: purchase.shopper, fibre: fibre, at: moment)
            scratch.line.removeAll(keepingCapacity: true)
            scratch.line.appendText("{\"id\":")
            scratch.line.appendExampleID(visit: purchase.visit, position: purchase.position)
            scratch.line.appendText(",\"ts\":")
            scratch.line.appendTime(purchase.due)
            scratch.line.appendText(",\"label\":1}")
            emit(.labels, scratch.line)
        }
    }

    private mutating func beginMinute(_ start: Instant) {
        let before = start - ShopMinute.length
        history.forget(after: before, through: start)
        warehouse.receive(from: world.schedule, after: before, through: start)
        if start.floored(to: Warehouse.refreshInterval) == start { warehouse.refreshListing() }
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
